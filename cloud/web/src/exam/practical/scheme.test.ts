import { expect, it } from "vitest";
import { addItem, emptyForm, fromScheme, total, toDraft } from "./scheme";

it("goes to the form and back unchanged", () => {
  const draft = {
    category: "01001",
    name: "应会",
    pass: 800,
    minutes: 30,
    items: [{ id: "2", name: "车辆检视", full: 1000, deductions: [{ id: "1", text: "漏检", points: 25 }, { id: "3", text: "滑落", points: 0, fails: "exam" as const }] }],
  };
  expect(toDraft(fromScheme(draft))).toEqual(draft);
});

it("numbers new items so that no two are alike", () => {
  const form = emptyForm();
  addItem(form);
  addItem(form);
  form.items.shift();
  addItem(form);
  expect(form.items.map((i) => i.id)).toEqual(["2", "1"]);
  expect(total(form)).toBe(40);
});
