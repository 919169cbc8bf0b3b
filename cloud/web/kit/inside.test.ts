import { expect, it } from "vitest";
import { inside } from "./inside";

it.each([
  ["/sittings?q=1", "/sittings?q=1"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["", "/"],
  [undefined, "/"],
  [["/a", "/b"], "/"],
])("the way back from %s is %s", (path, to) => {
  expect(inside(path)).toBe(to);
});
