import { describe, expect, it } from "vitest";
import { days, differing } from "./words";

describe("differing", () => {
  it("keeps what both share at either end", () => {
    expect(differing("3 个工作日（待确认）", "5 个工作日（待确认）")).toEqual({ head: "", was: "3", is: "5", tail: " 个工作日（待确认）" });
    expect(differing("必需；扫描件", "必需；原件或扫描件")).toEqual({ head: "必需；", was: "", is: "原件或", tail: "扫描件" });
  });
  it("takes nothing twice", () => {
    expect(differing("文文", "文文文")).toEqual({ head: "文文", was: "", is: "文", tail: "" });
    expect(differing("相同", "相同")).toEqual({ head: "相同", was: "", is: "", tail: "" });
    expect(differing("", "新")).toEqual({ head: "", was: "", is: "新", tail: "" });
  });
  it("does not cut a character that takes two units", () => {
    expect(differing("姓𠮷", "姓𠮸")).toEqual({ head: "姓", was: "𠮷", is: "𠮸", tail: "" });
  });
});

it("says that there is no period", () => {
  expect(days(0)).toBe("—");
  expect(days(20)).toBe("20 个工作日");
});
