// Times, sizes and ages as people in Shanghai read them.
const zone = "Asia/Shanghai";
const full = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });

/** wallClock is the value-format of every field for a time: what is typed is Shanghai's
 * time wherever the browser is, as what is shown is. China has no summer time. */
export const wallClock = "YYYY-MM-DDTHH:mm:ss[+08:00]";
export const wallMinute = "YYYY-MM-DDTHH:mm:00[+08:00]";

/** calendarDay is the day of a calendar's cell, which is a midnight of the browser's. */
export function calendarDay(cell: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${cell.getFullYear()}-${two(cell.getMonth() + 1)}-${two(cell.getDate())}`;
}

function valid(at: string | null | undefined): Date | null {
  if (!at || at.startsWith("0001-")) return null; // a time that was never set
  const d = new Date(at);
  return Number.isNaN(d.getTime()) ? null : d;
}

/** time is 2026-01-31 08:00:00 in Shanghai, or a dash. */
export function time(at: string | null | undefined): string {
  const d = valid(at);
  return d ? full.format(d) : "—";
}

/** minute is time without seconds. */
export function minute(at: string | null | undefined): string {
  return time(at).slice(0, 16);
}

/** date is 2026-01-31 in Shanghai. */
export function date(at: string | Date): string {
  return day.format(typeof at === "string" ? new Date(at) : at);
}

/** span says how long something took or how old it is, in words. */
export function span(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 1) return "不到 1 秒";
  if (s < 60) return `${s} 秒`;
  if (s < 3600) return `${Math.floor(s / 60)} 分 ${s % 60} 秒`;
  if (s < 86400) return `${Math.floor(s / 3600)} 小时 ${Math.floor((s % 3600) / 60)} 分`;
  return `${Math.floor(s / 86400)} 天 ${Math.floor((s % 86400) / 3600)} 小时`;
}

/** ago is how long ago something was. */
export function ago(at: string | null | undefined, now = Date.now()): string {
  const d = valid(at);
  if (!d) return "从未";
  const ms = now - d.getTime();
  return ms < 1000 ? "刚刚" : `${span(ms)}前`;
}

/** bytes is a size of a disk or a file. */
export function bytes(n: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return `${n < 10 && i > 0 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

/** points writes scores, which the contract counts in tenths. */
export function points(tenths: number): string {
  return tenths % 10 === 0 ? String(tenths / 10) : (tenths / 10).toFixed(1);
}
