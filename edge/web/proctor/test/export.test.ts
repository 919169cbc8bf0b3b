import { describe, expect, it } from "vitest";
import { csv, fileName, type Column } from "../src/app/export";

interface Row {
  name: string;
  n: number;
}
const columns: Column<Row>[] = [
  { label: "姓名", of: (r) => r.name },
  { label: "数量", of: (r) => r.n },
];
const written = (name: string, n = 1): string => csv(columns, [{ name, n }]).split("\r\n").slice(1).join("\r\n");

describe("csv", () => {
  it("begins with the mark by which Excel knows Chinese, then the headings", () => {
    expect(csv(columns, [])).toBe('\uFEFF"姓名","数量"\r\n');
  });

  it("keeps commas, quotes and line breaks inside their field", () => {
    expect(written('张,"三"\n李')).toBe('"张,""三""\n李","1"\r\n');
  });

  it("runs nothing, wherever a name begins with what a spreadsheet would run", () => {
    for (const bad of ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1", "'=1"]) expect(written(bad)).toBe(`"'${bad}","1"\r\n`);
    expect(written("1=1")).toBe('"1=1","1"\r\n');
    expect(written("a", -5), "a number is no text").toBe('"a","-5"\r\n');
  });

  it("keeps every digit of a long number", () => {
    expect(written("202611230001")).toBe('"202611230001\t","1"\r\n');
    expect(written("310***********0012")).toBe('"310***********0012","1"\r\n');
  });
});

describe("fileName", () => {
  it("has the sitting and the time in Shanghai, and nothing that a disk refuses", () => {
    expect(fileName("考生名单", "客运 上午/一场", new Date("2026-11-29T00:05:09Z"))).toBe("考生名单-客运 上午_一场-20261129-080509.csv");
    expect(fileName("告警", "", new Date("2026-11-29T00:05:09Z"))).toBe("告警-20261129-080509.csv");
  });
});
