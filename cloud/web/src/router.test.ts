import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

// Two pages of one address: the second can never be opened.
test("every page has an address of its own", () => {
  const source = readFileSync(new URL("./router.ts", import.meta.url), "utf8");
  const paths = [...source.matchAll(/^\s+page\("([^"]*)"/gm)].map((m) => m[1]!);
  expect(paths.length).toBeGreaterThan(30);
  expect(paths.filter((p, i) => paths.indexOf(p) !== i)).toEqual([]);
});
