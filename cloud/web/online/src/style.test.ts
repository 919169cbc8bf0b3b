import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { contrast } from "../../kit/contrast";

const css = readFileSync(new URL("./style.css", import.meta.url), "utf8");
const value = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(css)?.[1] ?? "";

describe("prompts", () => {
  // The domain reference, 13.5.
  it.each([["red", "#d93026"], ["orange", "#e37400"], ["yellow", "#f9ab00"], ["blue", "#1a73e8"], ["green", "#188038"]])("%s is %s", (name, hex) => {
    expect(value(name)).toBe(hex);
    const on = css.includes(`--tone: var(--${name}); --on: var(--ink)`) ? value("ink") : "#ffffff";
    expect(contrast(hex, on), "the sign").toBeGreaterThanOrEqual(4.5);
  });
  it("is read on every ground", () => {
    const grounds = [...css.matchAll(/\.banner[.a-z]* \{[^}]*background: (#[0-9a-f]{6})/g)].map((m) => m[1] as string);
    expect(grounds).toHaveLength(5);
    for (const g of grounds) expect(contrast(g, value("ink"))).toBeGreaterThanOrEqual(4.5);
    for (const n of ["red", "orange", "blue", "green"]) expect(contrast(value(n + "-ink"), "#ffffff"), n).toBeGreaterThanOrEqual(4.5);
  });
  it("finds what cannot be read", () => expect(contrast("#e37400", "#ffffff")).toBeLessThan(4.5));
});
