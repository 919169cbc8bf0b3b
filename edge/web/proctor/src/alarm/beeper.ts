// When an alarm makes a sound: at once when it is new, then again and again
// until somebody acknowledges it — red often, yellow now and then.

export interface Sounding {
  id: string;
  level: string;
}

/** What has been heard so far. */
export interface Heard {
  at: number; // ms, of the last sound
  ids: readonly string[]; // alarms that have made their first sound
}

export const silence: Heard = { at: Number.NEGATIVE_INFINITY, ids: [] };

/** How long until an unacknowledged alarm sounds again, in ms. */
export const again = { red: 4000, yellow: 20_000 } as const;

export type Beep = keyof typeof again;

export interface Decision {
  beep: Beep | null;
  heard: Heard;
}

/** decide says whether to make a sound now. While the sound is off nothing is
 *  heard, so what came meanwhile sounds when it is turned on again. */
export function decide(open: readonly Sounding[], heard: Heard, now: number, on: boolean): Decision {
  const ids = heard.ids.filter((id) => open.some((a) => a.id === id));
  if (!on || open.length === 0) return { beep: null, heard: { at: heard.at, ids } };
  const level: Beep = open.some((a) => a.level === "red") ? "red" : "yellow";
  const fresh = open.some((a) => !heard.ids.includes(a.id));
  if (!fresh && now - heard.at < again[level]) return { beep: null, heard: { at: heard.at, ids } };
  return { beep: level, heard: { at: now, ids: open.map((a) => a.id) } };
}
