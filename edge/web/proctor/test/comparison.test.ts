import { expect, test } from "vitest";
import { byEngine, comparison } from "@kit/comparison";

test("only the engine compares: a person's verdict carries no score and no badge", () => {
  expect(byEngine("machine")).toBe(true);
  expect(byEngine("chen")).toBe(false);
  expect(comparison({ engine: "none", score: 0, threshold: 0 })).toBe("没有比对");
});
