// What a node's last telemetry means in words. The board never says more than
// the centre knows: a node that is silent is silent, not well.
import type { Tone } from "../../kit/StateTag.vue";
import { ago, bytes, span } from "../../kit/format";
import type { Schemas } from "../api";

export type Row = Schemas["NodeRow"];

// Limits of the board; the edge itself refuses to open a sitting past its own.
const clockLimit = 500; // ms
const diskLimit = 0.1; // free share
const ageLimit = 120_000; // ms of unacknowledged records

export interface Sign {
  label: string;
  value: string;
  tone: Tone;
}

const ms = (ns: number): number => ns / 1e6;

/** offsetText says which way a node's clock is wrong. */
export function offsetText(offset: number): string {
  const n = Math.round(Math.abs(offset));
  return n === 0 ? "不到 1 毫秒" : `${offset > 0 ? "快" : "慢"} ${n} 毫秒`;
}

/** signs lists what the last telemetry said. */
export function signs(row: Row): Sign[] {
  // A node that never reported has no telemetry, whatever the contract says.
  const t = row.telemetry as Schemas["WireNodeState"] | null;
  if (!t) return [];
  const offset = ms(t.clock_offset_ns);
  const free = t.disk_total > 0 ? t.disk_free / t.disk_total : 0;
  const age = ms(t.oldest_unacked_ns);
  return [
    { label: "版本", value: t.version || "未知", tone: "off" },
    { label: "时钟偏差", value: offsetText(offset), tone: Math.abs(offset) > clockLimit ? "bad" : "good" },
    { label: "磁盘可用", value: `${bytes(t.disk_free)} / ${bytes(t.disk_total)}`, tone: free < diskLimit ? "bad" : "good" },
    { label: "最久未确认", value: age > 0 ? span(age) : "无积压", tone: age > ageLimit ? "warn" : "good" },
    { label: "传输方式", value: transports[t.transport] ?? t.transport, tone: "off" },
    { label: "未处理告警", value: String(t.alarms), tone: t.alarms > 0 ? "bad" : "good" },
  ];
}

const transports: Record<string, string> = { quic: "加密连接（QUIC）", tls: "加密连接（TLS）", tcp: "未加密连接", "": "未连接" };

/** contact says when the node was last heard of. */
export function contact(row: Row, now: number): { text: string; tone: Tone } {
  if (!row.received_at) return { text: "尚未上报过状态", tone: "off" };
  if (row.online) return { text: `在线（${ago(row.received_at, now)}上报）`, tone: "good" };
  return { text: `失联，最后上报 ${ago(row.received_at, now)}`, tone: "bad" };
}

/** sent is how far the node has written a lane, as far as is known: its last word may be older than its last record. */
export function sent(row: Row, lane: Schemas["NodeLane"]): number {
  const t = row.telemetry as Schemas["WireNodeState"] | null;
  return Math.max(t?.heads[lane.lane] ?? 0, lane.applied);
}
