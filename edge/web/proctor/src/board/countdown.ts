// A seat's remaining time between two words of the server. The server measures
// by its own monotonic clock; the page only counts on from what it last said,
// by the browser's monotonic clock, so that nobody's wall clock matters.

/** States in which the candidate's clock runs. */
const running = new Set(["作答中"]);

/** remaining is what to show now: never negative, standing still in every state
 *  in which we do not know that the clock runs. */
export function remaining(seat: { state: string; remaining_ms: number }, heardAt: number, now: number): number {
  if (!running.has(seat.state)) return Math.max(0, seat.remaining_ms);
  return Math.max(0, seat.remaining_ms - Math.max(0, now - heardAt));
}

/** clock writes it as 1:05:09 or 05:09, rounded up as the terminal does. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const tail = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${tail}` : tail;
}
