import { expect, it } from "vitest";
import type { Drill, Rehearsal, Seat } from "../src/api";
import { current, freeMachines, isOver, movable } from "../src/rehearsal/steps";

const seat = (seat: string, more: Partial<Seat>): Seat => ({ seat, state: "已入场未登录", paired: true, ...more }) as Seat;
const drill = { seats: [
  seat("A01", { attempt: "a", state: "作答中" }), seat("A02", { attempt: "b", state: "已交卷" }), seat("A03", {}), seat("A04", { paired: false }),
] } as Drill;

it("moves who writes, to a machine where nobody does", () => {
  expect(movable(drill).map((s) => s.seat)).toEqual(["A01"]);
  expect(freeMachines(drill).map((s) => s.seat)).toEqual(["A02", "A03"]);
});

it("knows the step to do now, and the end", () => {
  const r = { ended: "0001-01-01T00:00:00Z", steps: [{ code: "login", passed: true }, { code: "cut", passed: false }] } as Rehearsal;
  expect(current(r)).toBe("cut");
  expect(isOver(r)).toBe(false);
  expect(isOver({ ...r, ended: "2026-11-29T00:00:00Z" })).toBe(true);
});
