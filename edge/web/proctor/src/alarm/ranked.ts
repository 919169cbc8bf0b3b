// In which order alarms are looked at.
import type { Alarm } from "../api";

const rank = (a: Pick<Alarm, "level" | "ack_by">): number => (a.ack_by ? 2 : a.level === "red" ? 0 : 1);

/** ranked puts the red ones first and what somebody has seen to last; the newest
 *  of each first, in which order they come. */
export function ranked<T extends Pick<Alarm, "level" | "ack_by" | "at">>(alarms: readonly T[]): T[] {
  return [...alarms].sort((a, b) => rank(a) - rank(b) || b.at.localeCompare(a.at));
}
