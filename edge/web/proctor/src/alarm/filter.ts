// Looking through the alarms and messages of the venue, and what of them goes
// into a file.
import { time } from "@kit/format";
import type { Alarm, Schemas } from "../api";
import type { Column } from "../app/export";
import { nameOf } from "../session";
import { alarmLevels } from "../words";

type Message = Schemas["Message"];

export const acks: Record<string, string> = { open: "未确认", done: "已确认" };
export const reads: Record<string, string> = { new: "未读", read: "已读" };

const has = (word: string, ...texts: (string | undefined)[]): boolean => {
  const q = word.trim().toLowerCase();
  return texts.some((t) => (t ?? "").toLowerCase().includes(q));
};

/** filterAlarms keeps those of a level, open or acknowledged, in which the word is. */
export function filterAlarms(all: readonly Alarm[], f: { q: string; level: string; ack: string }): Alarm[] {
  return all.filter(
    (a) => has(f.q, a.text, a.seat, a.note) && (f.level === "" || a.level === f.level) && (f.ack === "" || (f.ack === "done") === Boolean(a.ack_by)),
  );
}

/** filterMessages keeps those that are read or not, in which the word is. */
export function filterMessages(all: readonly Message[], f: { q: string; read: string }): Message[] {
  return all.filter((m) => has(f.q, m.text, m.from) && (f.read === "" || (f.read === "read") === Boolean(m.read_by)));
}

export const alarmColumns: Column<Alarm>[] = [
  { label: "级别", of: (a) => alarmLevels[a.level]?.text ?? a.level },
  { label: "内容", of: (a) => a.text },
  { label: "时间", of: (a) => time(a.at) },
  { label: "次数", of: (a) => a.count },
  { label: "座位", of: (a) => a.seat ?? "" },
  { label: "确认人", of: (a) => (a.ack_by ? nameOf(a.ack_by) : "") },
  { label: "确认时间", of: (a) => (a.ack_by ? time(a.ack_at) : "") },
  { label: "处理情况", of: (a) => a.note ?? "" },
];

export const messageColumns: Column<Message>[] = [
  { label: "发送方", of: (m) => m.from },
  { label: "时间", of: (m) => time(m.at) },
  { label: "内容", of: (m) => m.text },
  { label: "阅读人", of: (m) => (m.read_by ? nameOf(m.read_by) : "") },
];
