// A list as a file: CSV that Excel and WPS open as it is. A venue has no network
// and its lists are whole on the page, so the browser writes what is shown.
import { time } from "@kit/format";

/** Column is one column of the file: its heading and what a row has there. */
export interface Column<T> {
  label: string;
  of: (row: T) => string | number;
}

// What makes a spreadsheet run a text, and the quote that hides it: the same as
// cloud/platform/sheet's Safe.
const risky = /^[=+\-@\t\r']/;
// A spreadsheet shows longer ones as 2.02E+11 and loses digits after fifteen.
const longNumber = /^\d{12,}$/;

/** cell is a value as a quoted field that nothing is run in and nothing is lost of. */
function cell(value: string | number): string {
  let text = String(value);
  if (typeof value === "string" && risky.test(text)) text = "'" + text;
  if (longNumber.test(text)) text += "\t"; // a text to the spreadsheet, and not seen
  return `"${text.replaceAll('"', '""')}"`;
}

/** csv writes rows under headings, with the mark by which Excel knows Chinese. */
export function csv<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const lines = [columns.map((c) => cell(c.label)), ...rows.map((r) => columns.map((c) => cell(c.of(r))))];
  return "\uFEFF" + lines.map((l) => l.join(",") + "\r\n").join("");
}

/** fileName says what the file is, of which sitting or venue, and of when. */
export function fileName(title: string, about: string, now: Date): string {
  const at = time(now.toISOString()).replaceAll(/[-:]/g, "").replace(" ", "-");
  return [title, about, at].filter(Boolean).join("-").replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, "_") + ".csv";
}
