import { describe, expect, it } from "vitest";
import { verifiers } from "./words";

describe("who verified the substance", () => {
  it("says who has still to", () => {
    expect(verifiers([])).toBe("待两名核实人提出意见");
    expect(verifiers([{ by: "周审查" }])).toBe("核实人：周审查；待第二名核实人提出意见");
    expect(verifiers([{ by: "周审查" }, { by: "沈审查" }])).toBe("核实人：周审查、沈审查");
  });
});
