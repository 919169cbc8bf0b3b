// Where a candidate goes on in the paper: pure.
import type { Item, Place } from "../api";

/** What this machine remembers of an attempt. */
export interface Kept {
  current: number;
  flags: string[];
}

export interface Start {
  current: number;
  flags: Set<string>;
}

/**
 * This machine's memory is the freshest where it is the last that was sat at.
 * Where it has none, or another seat went on since, the venue's counts; and
 * where nobody knows, the first question without an answer.
 */
export function placeOf(items: Item[], own: Kept | undefined, place: Place | undefined, seat: string, answered: (no: string) => boolean): Start {
  const at = place ? items.findIndex((it) => it.no === place.item) : -1;
  if (place && at >= 0 && (!own || place.seat !== seat)) return { current: at, flags: new Set(place.flagged) };
  if (own) return { current: Math.max(0, Math.min(own.current, items.length - 1)), flags: new Set(own.flags) };
  return { current: Math.max(0, items.findIndex((it) => !answered(it.no))), flags: new Set() };
}
