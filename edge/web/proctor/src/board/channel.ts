// Keeping the board alive: the event stream while it speaks, asking again and
// again while it does not, and a new stream now and then.

export interface ChannelFacts {
  heard: number; // ms, when the stream last spoke
  asked: number; // ms, when the board was last asked for
  opened: number; // ms, when the stream was last opened
  broken: boolean; // the stream has failed and not spoken since
}

/** The server draws at least every three seconds. */
export const quiet = 8000;
export const askEvery = 3000;
export const reopenEvery = 10_000;

/** next says what the page should do now. */
export function next(f: ChannelFacts, now: number): { ask: boolean; reopen: boolean } {
  const silent = f.broken || now - Math.max(f.heard, f.opened) > quiet;
  if (!silent) return { ask: false, reopen: false };
  return { ask: now - f.asked >= askEvery, reopen: now - f.opened >= reopenEvery };
}
