// What a list shows at first has to fit a page at 1366 × 768: 1366 less the menu,
// the edges of page and card, and a scrollbar. A column that does not fit starts
// hidden, and the reader chooses it.
import { describe, expect, it } from "vitest";

const room = 1366 - 208 - 40 - 40 - 15;
const sources = import.meta.glob<string>("../src/**/*.vue", { query: "?raw", import: "default", eager: true });

/** width is what the columns that are shown at first need at least. */
export function width(source: string): number {
  const body = /: Column\[\] = \[([\s\S]*?)\n\];/.exec(source)?.[1] ?? "";
  const columns = body.split("\n").filter((l) => l.includes("key:") && !l.includes("hidden: true"));
  const acts = source.includes("#rowActions") ? Number(/:actions-width="(\d+)"/.exec(source)?.[1] ?? 150) : 0;
  return columns.reduce((n, l) => n + Number(/(?:width|minWidth): (\d+)/.exec(l)?.[1] ?? 80), acts);
}

// These scroll sideways, most with their operations held at the right edge; every
// other list fits. A list is only ever taken off.
const scrolls = ["StaffList", "ArrangementList", "SchemeList", "RuleList", "BatchList", "EnrolmentList", "PlanList", "ScoreTable", "CaseList", "MatterList", "MergeList", "PairList"];

describe("at 1366 pixels", () => {
  for (const [path, source] of Object.entries(sources)) {
    const name = path.split("/").at(-1)!.replace(".vue", "");
    if (!source.includes(": Column[] = [") || scrolls.includes(name)) continue;
    it(`${name} fits`, () => expect(width(source)).toBeLessThanOrEqual(room));
  }
  it("finds one that does not", () => expect(width('const c: Column[] = [\n  { key: "a", width: 900 },\n  { key: "b", minWidth: 200 },\n];')).toBe(1100));
});
