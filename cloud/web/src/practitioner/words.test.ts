import { expect, it } from "vitest";
import { looks, within } from "./words";

it("a certificate past its day looks expired", () => {
  expect(looks({ state: "10", valid_to: "2026-11-29" }, "2026-11-29")).toBe("10");
  expect(looks({ state: "10", valid_to: "2026-11-28" }, "2026-11-29")).toBe("02");
  expect(looks({ state: "10", valid_to: "" }, "2026-11-29")).toBe("10");
  expect(looks({ state: "03", valid_to: "2020-01-01" }, "2026-11-29")).toBe("03");
});

it("counts days", () => {
  expect(within("2026-12-01", "2026-11-29")).toBe(2);
  expect(within("2026-11-28", "2026-11-29")).toBe(-1);
});
