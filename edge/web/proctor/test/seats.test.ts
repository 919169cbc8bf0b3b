import { describe, expect, it } from "vitest";
import type { Seat } from "../src/api";
import { abilities, filterSeats, freeSeats } from "../src/board/seats";

function seat(no: string, state: string, more: Partial<Seat> = {}): Seat {
  return {
    seat: no, state, paired: true, connected: true, camera: true, answered: 0, questions: 0,
    remaining_ms: 0, silent_ms: 0, pending: 0, refused: 0, checked: true, no_face: false, ...more,
  };
}

const room = [
  seat("A01", "作答中", { attempt: "a1", name: "张三" }),
  seat("A02", "断线", { attempt: "a2", name: "李四", connected: false }),
  seat("A03", "未登录", { connected: false }),
  seat("A04", "未登录", { paired: false, connected: false }),
  seat("A10", "未登录"),
  seat("A05", "已交卷", { attempt: "a5", name: "王五" }),
];
const numbers = (list: Seat[]): string[] => list.map((s) => s.seat);

describe("filterSeats", () => {
  it("shows all without a filter, in the order of the room", () => {
    expect(numbers(filterSeats(room, { states: [], q: "" }))).toEqual(["A01", "A02", "A03", "A04", "A10", "A05"]);
  });

  it("keeps any of the chosen states", () => {
    expect(numbers(filterSeats(room, { states: ["断线", "已交卷"], q: "" }))).toEqual(["A02", "A05"]);
  });

  it("finds by seat and by name, whatever the case", () => {
    expect(numbers(filterSeats(room, { states: [], q: " a0" }))).not.toContain("A10");
    expect(numbers(filterSeats(room, { states: [], q: "李" }))).toEqual(["A02"]);
    expect(filterSeats(room, { states: ["作答中"], q: "李" })).toEqual([]);
  });
});

describe("freeSeats", () => {
  it("offers empty and finished seats, those with a live terminal first, never the own one", () => {
    expect(numbers(freeSeats(room, "A01"))).toEqual(["A05", "A10", "A03", "A04"]);
    expect(numbers(freeSeats(room, "A10"))).not.toContain("A10");
  });
});

describe("abilities", () => {
  it("offers nothing at an empty seat or after the hand-in", () => {
    for (const s of [room[2], room[5]]) expect(Object.values(abilities(s as Seat))).toEqual([false, false, false, false, false]);
  });

  it("lets a writing candidate be paused, a paused one only resumed", () => {
    expect(abilities(seat("A01", "作答中", { attempt: "a" })).pause).toBe(true);
    expect(abilities(seat("A01", "已暂停", { attempt: "a" }))).toMatchObject({ pause: false, resume: true, handin: true });
  });

  it("does not hand in for somebody who has not begun", () => {
    expect(abilities(seat("A01", "等待", { attempt: "a" }))).toMatchObject({ handin: false, move: true, extend: true });
  });
});
