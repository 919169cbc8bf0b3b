// What the seat map shows of which seats, and in what order of trouble.
import type { Seat } from "../api";

export type Tone = "off" | "info" | "busy" | "good" | "warn" | "bad";

/** How each state looks: mark, tone and what it means, so that nothing depends
 *  on colour. */
export const looks: Record<string, { mark: string; tone: Tone; hint: string }> = {
  未登录: { mark: "○", tone: "off", hint: "座位上还没有人登录" },
  已登录: { mark: "◐", tone: "info", hint: "已登录，尚未确认身份或考场规则" },
  等待: { mark: "◉", tone: "info", hint: "已就绪，等待开始" },
  作答中: { mark: "✎", tone: "busy", hint: "正在作答" },
  断线: { mark: "⚡", tone: "warn", hint: "考试机超过 15 秒没有回应；作答保存在考试机，请到座位查看" },
  已暂停: { mark: "❚❚", tone: "warn", hint: "已暂停计时" },
  已交卷: { mark: "✔", tone: "good", hint: "已交卷" },
  异常: { mark: "✖", tone: "bad", hint: "有红色告警或核验未通过，需要人工处理" },
};

const unknown = { mark: "？", tone: "off" as Tone, hint: "" };

export function lookOf(state: string): { mark: string; tone: Tone; hint: string } {
  return looks[state] ?? unknown;
}

export interface Filter {
  states: readonly string[]; // none: all
  q: string; // seat or name
}

/** filterSeats keeps the seats that are asked for, in the order of the room. */
export function filterSeats(seats: readonly Seat[], filter: Filter): Seat[] {
  const q = filter.q.trim().toLowerCase();
  return seats.filter(
    (s) =>
      (filter.states.length === 0 || filter.states.includes(s.state)) &&
      (q === "" || s.seat.toLowerCase().includes(q) || (s.name ?? "").toLowerCase().includes(q)),
  );
}

/** freeSeats are those a candidate can be moved to: nobody there, or somebody
 *  who has handed in. Those with a terminal that answers come first. */
export function freeSeats(seats: readonly Seat[], from: string): Seat[] {
  const rank = (s: Seat): number => (s.connected ? 0 : s.paired ? 1 : 2);
  return seats
    .filter((s) => s.seat !== from && (!s.attempt || s.state === "已交卷"))
    .sort((a, b) => rank(a) - rank(b) || a.seat.localeCompare(b.seat, "zh-CN", { numeric: true }));
}

/** What may be done with the attempt at a seat. */
export function abilities(s: Seat): { pause: boolean; resume: boolean; extend: boolean; move: boolean; handin: boolean } {
  const taken = Boolean(s.attempt) && s.state !== "已交卷";
  const waiting = s.state === "等待" || s.state === "已登录";
  return {
    pause: taken && !waiting && s.state !== "已暂停",
    resume: taken && !waiting,
    extend: taken,
    move: taken,
    handin: taken && !waiting,
  };
}
