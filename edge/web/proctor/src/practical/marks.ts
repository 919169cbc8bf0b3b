// What an examiner has taken off so far: one tap a deduction, undone in order.
import type { Schemas } from "../api";

export type Scheme = Schemas["Scheme"];
export type Scored = Schemas["Scored"];
type Task = Schemas["Task"];
type Deduction = Schemas["Deduction"];

export interface Draft {
  id: string; // of the sheet: handed in twice, it counts once
  taps: { item: string; deduction: string }[];
  done: string[]; // items that the examiner has finished
  remarks: Record<string, string>;
  remark: string;
}

export function newDraft(id: string): Draft {
  return { id, taps: [], done: [], remarks: {}, remark: "" };
}

export function times(d: Draft, item: string, deduction: string): number {
  return d.taps.filter((t) => t.item === item && t.deduction === deduction).length;
}

/** take makes one deduction; what fails something is made once. */
export function take(d: Draft, item: Task, deduction: Deduction): void {
  if (deduction.fails && times(d, item.id, deduction.id) > 0) return;
  d.taps.push({ item: item.id, deduction: deduction.id });
}

/** undo takes the last tap back, of one item when it is named. */
export function undo(d: Draft, item?: string): void {
  const i = item ? d.taps.findLastIndex((t) => t.item === item) : d.taps.length - 1;
  if (i >= 0) d.taps.splice(i, 1);
}

/** left is what an item still scores, in tenths; never below nothing. */
export function left(d: Draft, item: Task): number {
  let sum = item.full;
  for (const x of item.deductions) {
    const n = times(d, item.id, x.id);
    if (n > 0 && x.fails === "item") return 0;
    sum -= n * x.points;
  }
  return Math.max(sum, 0);
}

export interface Outcome {
  score: number;
  failed: boolean;
  passed: boolean;
}

/** outcome is the running total; the server counts again. */
export function outcome(d: Draft, scheme: Scheme): Outcome {
  const score = scheme.items.reduce((n, i) => n + left(d, i), 0);
  const failed = scheme.items.some((i) => i.deductions.some((x) => x.fails === "exam" && times(d, i.id, x.id) > 0));
  return { score, failed, passed: !failed && score >= scheme.pass };
}

/** scored is a draft as it is handed in; items that are not finished are left out. */
export function scored(d: Draft, scheme: Scheme): Scored[] {
  return scheme.items
    .filter((i) => d.done.includes(i.id))
    .map((i) => ({
      item: i.id,
      marks: i.deductions.map((x) => ({ deduction: x.id, times: times(d, i.id, x.id) })).filter((m) => m.times > 0),
      remark: d.remarks[i.id]?.trim() || undefined,
    }));
}
