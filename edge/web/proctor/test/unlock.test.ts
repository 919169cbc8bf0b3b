import { expect, test } from "vitest";
import { digits, grouped } from "../src/sitting/unlock";

test("codes are read in groups of four and typed in any way", () => {
  expect(grouped("10000121842618245696789840129123")).toBe("1000 0121 8426 1824 5696 7898 4012 9123");
  expect(digits("1000-0121 ８４２６")).toBe("100001218426");
  expect(grouped("123")).toBe("123");
});
