import { expect, it } from "vitest";
import { left, newDraft, outcome, scored, take, undo, type Scheme } from "./marks";

const scheme: Scheme = {
  id: "s", category: "01001", version: 1, name: "应会", pass: 800, minutes: 30,
  items: [
    { id: "1", name: "车辆检视", full: 400, deductions: [{ id: "1", text: "漏检", points: 150 }, { id: "2", text: "未熄火", points: 0, fails: "item" }] },
    { id: "2", name: "轮胎更换", full: 600, deductions: [{ id: "1", text: "滑落", points: 0, fails: "exam" }] },
  ],
};
const [look, tyre] = scheme.items as [Scheme["items"][0], Scheme["items"][0]];

it("counts as the server does", () => {
  const d = newDraft("x");
  expect(outcome(d, scheme)).toEqual({ score: 1000, failed: false, passed: true });
  for (let i = 0; i < 3; i++) take(d, look, look.deductions[0]!);
  expect(left(d, look)).toBe(0);
  expect(outcome(d, scheme)).toEqual({ score: 600, failed: false, passed: false });
  undo(d);
  expect(left(d, look)).toBe(100);
  take(d, look, look.deductions[1]!);
  take(d, look, look.deductions[1]!);
  expect(left(d, look)).toBe(0);
  take(d, tyre, tyre.deductions[0]!);
  expect(outcome(d, scheme).failed).toBe(true);
  undo(d, "1");
  expect(left(d, look)).toBe(100);
});

it("hands in what is finished, once a deduction", () => {
  const d = newDraft("x");
  take(d, look, look.deductions[0]!);
  take(d, look, look.deductions[0]!);
  d.done = ["1"];
  expect(scored(d, scheme)).toEqual([{ item: "1", marks: [{ deduction: "1", times: 2 }], remark: undefined }]);
});
