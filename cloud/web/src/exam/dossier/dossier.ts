// Words and small sums of a candidate's record.
import type { States } from "../../../kit/StateTag.vue";
import type { Schemas } from "../../api";

export type Dossier = Schemas["DossierDossier"];

export const decisions: States = {
  pass: { text: "通过", tone: "good" },
  fail: { text: "不通过", tone: "bad" },
  manual: { text: "转人工", tone: "warn" },
};

export const alarmLevels: States = {
  red: { text: "红色告警", tone: "bad" },
  yellow: { text: "黄色告警", tone: "warn" },
};

export const handins: Record<string, string> = { candidate: "本人交卷", time: "到时自动交卷", proctor: "监考员强制交卷" };

export const events: Record<string, string> = {
  "exam.login": "登录",
  "exam.seat.moved": "换座",
  "exam.paused": "暂停",
  "exam.resumed": "恢复",
  "exam.time.extended": "补时",
};

/** duration is a span in words; records hold milliseconds. Rounded down, as the terminal and the printed record do. */
export function duration(ms: number): string {
  const s = Math.floor(ms / 1000);
  return s >= 60 ? `${Math.floor(s / 60)} 分 ${s % 60} 秒` : `${s} 秒`;
}

/** eventTold is what a person reads of an event's detail. */
export function eventTold(detail: unknown): string {
  if (typeof detail !== "object" || detail === null) return "";
  const d = detail as { seat?: string; from?: string; to?: string; reason?: string; extra_ns?: number };
  const parts = [d.seat && `座位 ${d.seat}`, d.from && d.to && `${d.from} → ${d.to}`, d.extra_ns && `补 ${duration(d.extra_ns / 1e6)}`, d.reason && `原因：${d.reason}`];
  return parts.filter(Boolean).join("，");
}

/** missing are the pictures that a record names and the centre does not hold. */
export function missing(d: Pick<Dossier, "checks" | "alarms" | "irregularities" | "pictures">): string[] {
  const held = new Set(d.pictures.filter((p) => p.state === "HELD").map((p) => p.digest));
  const named = [...d.checks.map((c) => c.snapshot), ...d.alarms.map((a) => a.snapshot), ...d.irregularities.map((i) => i.evidence)];
  return [...new Set(named)].filter((digest) => digest !== "" && !held.has(digest));
}

/** absent: the sitting is over and they never came in. */
export function absent(d: Pick<Dossier, "sitting" | "door" | "attempts">): boolean {
  const over = ["CLOSED", "SCORED", "PUBLISHED"].includes(d.sitting.state);
  return over && d.attempts.length === 0 && !d.door.some((e) => e.admitted);
}
