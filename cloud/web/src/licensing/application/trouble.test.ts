import { expect, test } from "vitest";
import { lack, trouble } from "./trouble";

test("a wrong number is told at its field, and what to do", () => {
  expect(trouble("idno", "31010119850101001")).toContain("18 位");
  expect(trouble("idno", "310101198501010015")).toContain("校验位");
  expect(trouble("idno", " 310101198501010014 ")).toBe("");
  expect(trouble("phone", "1390000123")).toContain("11 位");
  expect(trouble("phone", "12900001234")).not.toBe("");
  expect(trouble("phone", "13900001234")).toBe("");
});

test("what is empty, masked or of no rule is not wrong, but may lack", () => {
  expect(trouble("idno", "")).toBe("");
  expect(trouble("idno", "310***********0014")).toBe("");
  expect(trouble("text", "随便")).toBe("");
  expect(lack("phone", " ", "手机号")).toBe("请填写手机号");
  expect(lack("phone", "123", "手机号")).toContain("11 位");
});
