import type { Schemas } from "../../api";

export type ChapterRow = { subject: string; chapter: string; total: number } & Partial<Record<string, number | string>>;

/** sumBy adds the counts of a category up to one row for each chapter. */
export function sumBy(counts: Schemas["BankCount"][]): ChapterRow[] {
  const rows = new Map<string, ChapterRow>();
  for (const c of counts) {
    const key = `${c.subject}\n${c.chapter}`;
    const row = rows.get(key) ?? { subject: c.subject, chapter: c.chapter, total: 0, TF: 0, SINGLE: 0, MULTI: 0, CASE: 0 };
    row[c.type] = Number(row[c.type] ?? 0) + c.questions;
    row.total += c.questions;
    rows.set(key, row);
  }
  return [...rows.values()].sort((a, b) => a.subject.localeCompare(b.subject, "zh") || a.chapter.localeCompare(b.chapter, "zh"));
}
