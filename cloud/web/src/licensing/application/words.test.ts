import { describe, expect, it } from "vitest";
import { verifiers } from "./words";

describe("who verified the substance", () => {
  it("says who has still to", () => {
    expect(verifiers({ opinions: [], cosigner: "" })).toBe("待两名核实人提出意见");
    expect(verifiers({ opinions: [{ by: "周审查" }], cosigner: "" })).toBe("核实人：周审查；待第二名核实人提出意见");
    const two = [{ by: "周审查" }, { by: "沈审查" }];
    expect(verifiers({ opinions: two, cosigner: "id" })).toBe("核实人：周审查、沈审查");
    expect(verifiers({ opinions: two, cosigner: "" })).toBe("核实人：沈审查；待第二名核实人提出意见");
    expect(verifiers({ opinions: [{ by: "陆审查" }, ...two], cosigner: "id" })).toBe("核实人：周审查、沈审查");
  });
});
