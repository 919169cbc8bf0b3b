import { expect, test } from "vitest";
import { acts } from "./words";
import { hearingActs, latest, offered, sittable, type Hearing } from "./hearing";

const asked: Hearing = { state: "ASKED", told_on: "2026-11-23", ask_by: "2026-11-30", asked_on: "2026-11-24", hold_by: "2026-12-22", earliest: "2026-12-03", days: ["2026-12-03", "2026-12-04", "2026-12-07", "2026-12-22"], place: "", says: "" };

test("a hearing is held after seven days' notice and within twenty, on a working day", () => {
  const days = ["2026-12-02", "2026-12-03", "2026-12-06", "2026-12-22", "2026-12-23"];
  expect(days.map((d) => sittable(asked, d))).toEqual([false, true, false, true, false]);
});

test("too late for a notice in time, the first day with notice is the only one", () => {
  const late = { ...asked, earliest: "2026-12-24", days: ["2026-12-24"] };
  expect(latest(late)).toBe("2026-12-24");
  expect(["2026-12-22", "2026-12-24", "2026-12-25"].map((d) => sittable(late, d))).toEqual([false, true, false]);
});

test("without the next year's calendar there is no day", () => {
  expect(sittable({ ...asked, earliest: undefined, days: undefined }, "2026-12-10")).toBe(false);
});

test("what came of a hearing is asked only when its day has come", () => {
  expect(hearingActs({ ...asked, state: "PAST" }).resume?.wants).toBe("conclusion");
  for (const state of ["TOLD", "LAPSED", "DROPPED", "ASKED", "FIXED"] as const) expect(hearingActs({ ...asked, state }).resume, state).toBeUndefined();
  expect(hearingActs(undefined)).toEqual({});
});

test("every act that is renamed exists", () => {
  for (const state of ["ASKED", "FIXED", "PAST"] as const) {
    for (const event of Object.keys(hearingActs({ ...asked, state }))) expect(acts.some((a) => a.event === event), event).toBe(true);
  }
});

test("a list is looked into under strict review only", () => {
  expect(offered(false)).not.toContain("失信核查");
  expect(offered(true)).toContain("失信核查");
  expect(offered(false)).toContain("听证");
});
