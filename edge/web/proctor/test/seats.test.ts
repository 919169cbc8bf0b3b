import { describe, expect, it } from "vitest";
import type { Seat } from "../src/api";
import { lookOf } from "../src/board/looks";
import { abilities, adviceOf, ASKING, asks, early, filterSeats, identityOf, freeSeats, marksOf, shownStates, startWords } from "../src/board/seats";

function seat(no: string, state: string, more: Partial<Seat> = {}): Seat {
  return {
    seat: no, state, paired: true, connected: true, camera: true, answered: 0, questions: 0,
    remaining_ms: 0, silent_ms: 0, pending: 0, refused: 0, identity: "verified", filmed: true, granted_minutes: 0, ...more,
  };
}

const room = [
  seat("A01", "作答中", { attempt: "a1", name: "张三" }),
  seat("A02", "断线", { attempt: "a2", name: "李四", connected: false }),
  seat("A03", "空位", { connected: false }),
  seat("A04", "空位", { paired: false, connected: false }),
  seat("A10", "空位"),
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

describe("who needs a person", () => {
  const needs = [seat("B01", "等待", { attempt: "b1", identity: "asking" }), seat("B02", "未到", { standing: "pending" })];

  it("is counted and found with one word", () => {
    const all = [...room, ...needs];
    expect(numbers(all.filter(asks))).toEqual(["B01", "B02"]);
    expect(numbers(filterSeats(all, { states: [ASKING], q: "" }))).toEqual(["B01", "B02"]);
    for (const s of needs) expect(marksOf(s)[0]?.text).toContain(ASKING);
    expect(identityOf(needs[0]!)).toContain(ASKING);
  });

  it("is quiet once somebody has looked", () => {
    expect(marksOf(seat("A01", "作答中", { attempt: "a", identity: "verified" }))).toEqual([]);
    expect(marksOf(seat("A01", "作答中", { attempt: "a", identity: "papers", camera: false, filmed: false }))).toEqual([]);
    expect(identityOf(seat("A01", "作答中", { identity: "verified" }))).toBe("✔ 已核验");
  });
});

describe("shownStates", () => {
  it("has no button for 未登录 once the roster says who is booked", () => {
    expect(shownStates(["未登录", "空位", "未到"], { 未登录: 0, 空位: 0 })).toEqual(["空位", "未到"]);
    expect(shownStates(["未登录", "空位"], { 未登录: 3 })).toEqual(["未登录", "空位"]);
  });
});

describe("lookOf", () => {
  it("tells every state apart by its icon, not by colour alone", () => {
    const states = ["未登录", "空位", "未到", "已入场未登录", "已登录", "等待", "作答中", "断线", "已暂停", "已交卷", "异常"];
    expect(new Set(states.map((s) => lookOf(s).icon)).size).toBe(states.length);
    for (const s of states) expect(lookOf(s).hint).not.toBe("");
  });
});

describe("marksOf", () => {
  const texts = (s: Seat): string[] => marksOf(s).map((m) => m.text);

  it("speaks in whole words", () => {
    expect(texts(seat("A01", "作答中", { attempt: "a", alarm: "yellow", pending: 2, refused: 1 }))).toEqual(["▲ 黄色告警", "本机待保存 2 题", "旧座位写入被拒 1 次"]);
    expect(texts(seat("A01", "异常", { attempt: "a", alarm: "red" }))).toEqual(["✖ 红色告警"]);
  });

  it("says where somebody stands with the door, and who was moved here", () => {
    expect(texts(seat("A01", "未到", { standing: "expected" }))).toEqual([]);
    expect(texts(seat("A01", "未到", { standing: "pending" }))).toEqual(["▲ 入口待人工核验"]);
    expect(texts(seat("A01", "未到", { standing: "refused" }))).toEqual(["✖ 未准入场"]);
    expect(texts(seat("A01", "已入场未登录", { standing: "admitted" }))).toEqual([]);
    expect(texts(seat("A01", "已入场未登录", { standing: "admitted", attempt: "a" }))).toEqual(["换机后待登录"]);
  });
});

describe("adviceOf", () => {
  it("says what comes next at a seat without a login", () => {
    expect(adviceOf(seat("A01", "未到"))).toContain("入场核验");
    expect(adviceOf(seat("A01", "空位"))).toContain("没有考生");
    expect(adviceOf(seat("A01", "已入场未登录"))).toContain("登录后");
    expect(adviceOf(seat("A01", "已入场未登录", { paired: false }))).toContain("配对");
    expect(adviceOf(seat("A01", "作答中", { attempt: "a" }))).toBe("");
  });
});

describe("freeSeats", () => {
  it("offers empty and finished seats, those with a live terminal first, never the own one", () => {
    expect(numbers(freeSeats(room, "A01"))).toEqual(["A05", "A10", "A03", "A04"]);
    expect(numbers(freeSeats(room, "A10"))).not.toContain("A10");
  });

  it("keeps the seat of somebody on the way, and offers an absent candidate's last", () => {
    const booked = [seat("B01", "未到"), seat("B02", "已入场未登录"), seat("B03", "空位"), seat("B04", "空位", { connected: false })];
    expect(numbers(freeSeats(booked, "A01"))).toEqual(["B03", "B01", "B04"]);
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

describe("startWords", () => {
  it("names who sits there and will not begin", () => {
    const words = startWords([seat("B01", "等待", { attempt: "b1" }), seat("B02", "异常", { attempt: "b2", name: "赵六" })], { admitted: 2, expected: 1 });
    expect(words).toContain("已就绪 1 人");
    expect(words).toContain("异常 1 人");
    expect(words).toContain("B02 赵六");
    expect(startWords([seat("B01", "等待", { attempt: "b1" })], {})).not.toContain("▲");
    expect(startWords([seat("B03", "等待", { attempt: "b3", name: "钱七", identity: "asking" })], {})).toContain("▲ 1 人待人工核验：B03 钱七");
  });
});

it("an act before the hour that the candidates were told is warned of", () => {
  expect(early("2026-11-29T08:06:00Z", new Date("2026-11-29T08:00:00Z"))).toContain("计划 2026-11-29 16:06 开考");
  expect(early("2026-11-29T08:06:00Z", new Date("2026-11-29T08:06:00Z"))).toBe("");
});
