// What the figures of the statistics are called, and the shares between them.
import type { Schemas } from "../../api";
import { alarmNames, categories, irregularities, verificationReasons, verificationStages } from "../../words";

export type Figures = Schemas["StatsFigures"];
export type Group = Schemas["StatsGroup"];
export type Measure = Exclude<keyof Figures, never>;

/** The figures of the table and, under the same names, of the workbook (cloud/exam/stats). */
export const figures: { key: Measure; label: string }[] = [
  { key: "sittings", label: "场次" },
  { key: "held", label: "已开考" },
  { key: "cancelled", label: "取消场次" },
  { key: "booked", label: "应考" },
  { key: "expected", label: "待考" },
  { key: "absent", label: "缺考" },
  { key: "admitted", label: "实到" },
  { key: "started", label: "开始作答" },
  { key: "handed_in", label: "交卷" },
  { key: "waiting", label: "未公布" },
  { key: "passed", label: "合格" },
  { key: "failed", label: "不合格（含无效）" },
  { key: "voided", label: "其中成绩无效" },
  { key: "treated", label: "缺考处理" },
  { key: "unstarted", label: "未开考" },
  { key: "withheld", label: "成绩暂缓" },
  { key: "irregular", label: "违纪人次" },
  { key: "irregularities", label: "违纪起数" },
  { key: "checks", label: "身份核验" },
  { key: "checks_hand", label: "其中人工核验" },
  { key: "checks_failed", label: "核验不通过" },
  { key: "checks_manual", label: "转人工" },
  { key: "red_alarms", label: "红色报警" },
  { key: "yellow_alarms", label: "黄色报警" },
];

/** The shares of the table, each with the figure whose list it opens. */
export const shares: { label: string; of: (f: Figures) => number | null; opens: Measure }[] = [
  { label: "到考率", of: (f) => attendance(f), opens: "absent" },
  { label: "合格率", of: (f) => passRate(f), opens: "passed" },
  { label: "违纪率", of: (f) => irregularRate(f), opens: "irregular" },
];

export const measureName = (m: string): string => figures.find((f) => f.key === m)?.label ?? m;

/** share is part of whole in percent with one decimal, or null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((1000 * part) / whole) / 10;
}

export const attendance = (f: Figures): number | null => share(f.admitted, f.admitted + f.absent);
export const passRate = (f: Figures): number | null => share(f.passed, f.passed + f.failed);
export const irregularRate = (f: Figures): number | null => share(f.irregular, f.admitted);

export const percent = (n: number | null): string => (n === null ? "—" : `${n.toFixed(1)}%`);

/** outcomes are what became of those who came: their sum. */
export function outcomes(f: Figures): string {
  const rest = [["缺考处理", f.treated], ["未开考", f.unstarted], ["成绩暂缓", f.withheld], ["未公布", f.waiting]] as const;
  return [`合格 ${f.passed}，不合格（含无效）${f.failed}`, ...rest.filter(([, n]) => n > 0).map(([name, n]) => `${name} ${n}`)].join("，");
}

/** groupName is what a group is called in a chart. */
export function groupName(g: Group): string {
  const parts = [g.venue_name, g.period, categories[g.category] ?? g.category, g.subject].filter((p) => p !== "");
  return parts.join(" ") || "合计";
}

/** within is the part of a period that a group covers, as moments in Shanghai. */
export function within(from: string, to: string, period: string): { from: string; to: string } {
  const m = /^(\d{4})(?:-(?:Q(\d)|(\d\d)))?$/.exec(period);
  if (!m) return { from, to };
  const year = Number(m[1]);
  const first = m[2] ? 3 * (Number(m[2]) - 1) : m[3] ? Number(m[3]) - 1 : 0;
  const months = m[2] ? 3 : m[3] ? 1 : 12;
  const at = (month: number): string => new Date(Date.UTC(year, month, 1, -8)).toISOString();
  const later = (a: string, b: string): string => (Date.parse(a) > Date.parse(b) ? a : b);
  const earlier = (a: string, b: string): string => (Date.parse(a) < Date.parse(b) ? a : b);
  return { from: later(from, at(first)), to: earlier(to, at(first + months)) };
}

const decisions: Record<string, string> = { pass: "通过", fail: "不通过", manual: "转人工" };

/** detailName says in words what the server tells of a counted thing in codes. */
export function detailName(measure: string, text: string): string {
  if (text === "") return "—";
  if (measure.startsWith("checks")) {
    const [stage = "", decision = "", hand = ""] = text.split(" ");
    return `${verificationStages[stage] ?? stage}：${hand && "人工"}${decisions[decision] ?? decision}`;
  }
  if (/^\d+$/.test(text)) return `${Number(text) / 10} 分`;
  if (measure.endsWith("alarms")) return alarmNames[text] ?? verificationReasons[text] ?? text;
  return irregularities[text] ? `${text} ${irregularities[text]}` : text;
}
