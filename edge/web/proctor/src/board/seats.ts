// Which seats the map shows, and what may be done at each.
import type { Seat } from "../api";

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
