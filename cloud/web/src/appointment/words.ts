// What the codes of appointments are called, and how a week is laid out.
import type { States } from "../../kit/StateTag.vue";
import { ask, client } from "../../kit/client";
import { useLoad, type Loaded } from "../../kit/load";
import type { Schemas } from "../api";

export type Slot = Schemas["AppointmentSlot"];
export type Booking = Schemas["AppointmentBooking"];
export type Words = Schemas["AppointmentWords"];

export const bookingStates: States = {
  BOOKED: { text: "已预约", tone: "busy" },
  ARRIVED: { text: "已到", tone: "good" },
  NO_SHOW: { text: "未到", tone: "bad" },
  CANCELLED: { text: "已取消", tone: "off" },
  CONVERTED: { text: "已转网上申请", tone: "good" },
};

export const slotStates: States = { OPEN: { text: "开放", tone: "good" }, CLOSED: { text: "已关闭", tone: "off" } };

export const channels: Record<string, string> = { ONESTOP: "一网通办", WINDOW: "窗口代约", OWN: "网上申请" };

export const weekdays = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/** useWords loads what can be chosen: groups, matters, places. */
export const useWords = (): Loaded<Words> => useLoad(() => ask(client.GET("/api/v1/appointment/words")));

export const groupName = (words: Words | null, code: string): string => words?.groups.find((g) => g.code === code)?.name ?? code;

const noon = (day: string): Date => new Date(`${day}T12:00:00Z`);

/** plus is so many days later. */
export function plus(day: string, n: number): string {
  const d = noon(day);
  d.setUTCDate(d.getUTCDate() + n);
  return d.toISOString().slice(0, 10);
}

/** monday is the first day of the week of a day. */
export function monday(day: string): string {
  return plus(day, -((noon(day).getUTCDay() + 6) % 7));
}

export interface Row {
  place: string;
  period: string;
  days: Slot[][]; // Monday first
}

/** week lays slots out: a line for each place and period, a column for each day. */
export function week(first: string, slots: Slot[]): Row[] {
  const rows: Row[] = [];
  for (const s of slots) {
    const period = `${s.begins}-${s.ends}`;
    let row = rows.find((r) => r.place === s.place && r.period === period);
    if (!row) rows.push((row = { place: s.place, period, days: [[], [], [], [], [], [], []] }));
    const n = Math.round((noon(s.day).getTime() - noon(first).getTime()) / 86_400_000);
    row.days[n]?.push(s);
  }
  return rows.sort((a, b) => a.place.localeCompare(b.place, "zh") || a.period.localeCompare(b.period));
}

/** fullness says how much of a slot is taken: as a tone, beside the numbers. */
export function fullness(s: Slot): "off" | "bad" | "warn" | "good" {
  if (s.state === "CLOSED") return "off";
  if (s.used >= s.quota) return "bad";
  return s.used * 5 >= s.quota * 4 ? "warn" : "good";
}
