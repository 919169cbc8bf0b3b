import { expect, test } from "vitest";
import { ranked } from "../src/alarm/ranked";

test("red alarms come first, then the newest; what somebody has seen to comes last", () => {
  const a = (id: string, level: string, at: string, ack_by?: string) => ({ id, level, at: `2026-11-29T0${at}:00:00Z`, ack_by });
  const all = [a("y2", "yellow", "4"), a("done", "red", "5", "chen"), a("r1", "red", "1"), a("y1", "yellow", "2"), a("r2", "red", "3")];
  expect(ranked(all).map((x) => x.id)).toEqual(["r2", "r1", "y2", "y1", "done"]);
});
