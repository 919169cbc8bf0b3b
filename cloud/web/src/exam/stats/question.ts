// What the page asks: a period and filters; it stands in the address.
import type { LocationQuery } from "vue-router";
import { date } from "../../../kit/format";
import type { Measure } from "./figures";

/** Question is the query of the statistics, as the server takes it. */
export interface Question {
  from: string;
  to: string;
  venue?: string;
  category?: string;
  subject?: string;
}

/** View is what the page shows: days are those of Shanghai, the last included. */
export interface View {
  days: [string, string];
  venue: string;
  category: string;
  subject: string;
  by: string;
}

export const groupings: Record<string, string> = {
  venue: "按考场",
  category: "按类别",
  month: "按月",
  quarter: "按季度",
  year: "按年",
  "venue,category": "按考场和类别",
  "venue,month": "按考场和月",
  "category,month": "按类别和月",
  "category,subject": "按类别和科目",
};

const midnight = (day: string, plus = 0): string => new Date(Date.parse(`${day}T00:00:00+08:00`) + plus * 86_400_000).toISOString();

/** thisYear is the first view: nobody has to choose anything to see something. */
export function thisYear(now = new Date()): [string, string] {
  const year = date(now).slice(0, 4);
  return [`${year}-01-01`, `${year}-12-31`];
}

export function readView(address: LocationQuery, now = new Date()): View {
  const at = (key: string): string => (typeof address[key] === "string" ? address[key] : "");
  const day = /^\d{4}-\d\d-\d\d$/;
  const days: [string, string] = day.test(at("from")) && day.test(at("to")) ? [at("from"), at("to")] : thisYear(now);
  return { days, venue: at("venue"), category: at("category"), subject: at("subject"), by: at("by") in groupings ? at("by") : "venue" };
}

export function writeView(v: View): Record<string, string> {
  const all = { from: v.days[0], to: v.days[1], venue: v.venue, category: v.category, subject: v.subject, by: v.by };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

export function questionOf(v: View): Question {
  const q: Question = { from: midnight(v.days[0]), to: midnight(v.days[1], 1) };
  if (v.venue) q.venue = v.venue;
  if (v.category) q.category = v.category;
  if (v.subject) q.subject = v.subject;
  return q;
}

/** Opened is a figure whose list is shown, or one of its kinds. */
export interface Opened {
  measure: Measure;
  detail?: string;
  title: string;
  question: Question;
}

/** exportAddress is where the same question is answered as a workbook. */
export function exportAddress(q: Question, more: { by?: string; measure?: string; detail?: string; q?: string }): string {
  return `/api/v1/exam/stats/export?${new URLSearchParams({ ...q, ...more }).toString()}`;
}
