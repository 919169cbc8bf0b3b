import { expect, test } from "vitest";
import { validCode } from "./words";

test("a company's code is checked by its last character", () => {
  expect(validCode("11100000000019713D")).toBe(true);
  expect(validCode("11100000000019713d")).toBe(true);
  expect(validCode("11100000000019713E")).toBe(false);
  expect(validCode("11100000000019731D")).toBe(false);
  expect(validCode("1110000000001971")).toBe(false);
  expect(validCode("I1100000000019713D")).toBe(false);
});
