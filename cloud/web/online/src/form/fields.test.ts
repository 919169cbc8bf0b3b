import { expect, test } from "vitest";
import type { Case } from "../api";
import { tabOf, visible } from "./fields";

const field = (key: string, more: object = {}): object => ({ key, label: key, kind: "text", required: false, ...more });

function page(fields: object[], sources: object = {}): Case {
  return { fields, sources } as unknown as Case;
}

test("who one is, what one applies for, what one hands in", () => {
  expect([tabOf("FIELD", "name"), tabOf("FIELD", "reason"), tabOf("MATERIAL", "M05")]).toEqual([0, 1, 2]);
});

test("a field waits for what has been chosen before it", () => {
  const p = page([field("delivery"), field("post_address", { when: { field: "delivery", is: ["POST"] } })]);
  const keys = (values: Record<string, string>): string[] => visible(p, values, 1).map((f) => f.key);
  expect(keys({ delivery: "COUNTER" })).toEqual(["delivery"]);
  expect(keys({ delivery: "POST" })).toEqual(["delivery", "post_address"]);
});

test("what was chosen and is hidden again shows nothing", () => {
  const p = page([
    field("change"),
    field("kind", { when: { field: "change", is: ["A"] } }),
    field("detail", { when: { field: "kind", is: ["X"] } }),
  ]);
  expect(visible(p, { change: "B", kind: "X" }, 1).map((f) => f.key)).toEqual(["change"]);
});

test("nobody is asked for what only a platform could say", () => {
  const p = page([field("valid_until", { source: "LICENCE" }), field("licence", { source: "LICENCE", required: true })]);
  expect(visible(p, {}, 1).map((f) => f.key)).toEqual(["licence"]);
  const told = page([field("valid_until", { source: "LICENCE" })], { valid_until: { code: "LICENCE" } });
  expect(visible(told, {}, 1).map((f) => f.key)).toEqual(["valid_until"]);
});
