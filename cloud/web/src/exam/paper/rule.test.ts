import { expect, it } from "vitest";
import { fromRule, newRule, newSection, sharesSum, toDraft, worth } from "./rule";

it("sends tenths of points and only what a section asks for", () => {
  const form = newRule();
  form.pass = 59.5;
  form.sections = [{ ...newSection("TF"), each: 0.5, shares: [60, 40, 0, 0, 0] }, { ...newSection("SINGLE"), chapters: [{ chapter: "", min: 1, max: 0 }] }];
  const draft = toDraft(form);
  expect(draft.pass).toBe(595);
  expect(draft.sections).toEqual([
    { type: "TF", count: 30, each: 5, difficulty: [{ level: 1, percent: 60 }, { level: 2, percent: 40 }] },
    { type: "SINGLE", count: 40, each: 10 },
  ]);
});

it("comes back from a stored rule as it was sent", () => {
  const form = newRule();
  form.name = "规则";
  form.sections = [{ ...newSection("CASE"), chapters: [{ chapter: "应急", min: 1, max: 2 }], shares: [0, 0, 100, 0, 0] }];
  const draft = toDraft(form);
  expect(toDraft(fromRule({ ...draft, id: "r", version: 3 }))).toEqual(draft);
});

it("counts every sub-question of a case", () => {
  expect(worth({ ...newSection("CASE"), count: 2, subs: 5, each: 1.5 })).toBe(15);
  expect(sharesSum({ ...newSection("TF"), shares: [10, 20, 30, 20, 10] })).toBe(90);
});
