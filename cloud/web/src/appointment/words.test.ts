import { describe, expect, it } from "vitest";
import { fullness, monday, plus, week, type Slot } from "./words";

const slot = (day: string, change: Partial<Slot> = {}): Slot => ({
  id: day, day, begins: "09:00", ends: "11:30", place: "大厅", group: "ROAD", quota: 10, used: 0, state: "OPEN", reason: "", version: 1, changed_at: "", ...change,
});

describe("a week", () => {
  it("begins on Monday, whatever the day", () => {
    expect(monday("2026-11-29")).toBe("2026-11-23");
    expect(monday("2026-11-23")).toBe("2026-11-23");
    expect(plus("2026-12-31", 1)).toBe("2027-01-01");
  });
  it("has a line for each place and period and a column for each day", () => {
    const rows = week("2026-11-23", [slot("2026-11-24"), slot("2026-11-24", { group: "TAXI" }), slot("2026-11-29", { begins: "13:30", ends: "16:30" })]);
    expect(rows.map((r) => r.period)).toEqual(["09:00-11:30", "13:30-16:30"]);
    expect(rows[0]!.days[1]!.map((s) => s.group)).toEqual(["ROAD", "TAXI"]);
    expect(rows[1]!.days[6]).toHaveLength(1);
  });
});

describe("fullness", () => {
  it.each([
    [0, "good"],
    [7, "good"],
    [8, "warn"],
    [10, "bad"],
  ])("%i of 10 is %s", (used, tone) => expect(fullness(slot("2026-11-24", { used }))).toBe(tone));
  it("of a closed slot is off", () => expect(fullness(slot("2026-11-24", { used: 10, state: "CLOSED" }))).toBe("off"));
});
