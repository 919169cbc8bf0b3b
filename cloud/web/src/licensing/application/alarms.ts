// What the law's periods alarm of (domain chapter 3.3), the highest level first: how it
// is called, what has to be done, and how it is shown without colour.
import type { Schemas } from "../../api";

export type Alarming = Schemas["ApplicationAlarming"];

export interface AlarmWords {
  title: string;
  level: "top" | "red" | "yellow";
  icon: string;
  rank: string;
  next: string;
}

export const alarmWords: Record<Alarming["alarm"], AlarmWords> = {
  RENEWAL: { title: "延续申请将要或已经视为准予", level: "top", icon: "✖", rank: "最高级", next: "届满前须作出决定；已届满的立即作出准予决定，不能再不予（行政许可法第五十条）" },
  OVERDUE: { title: "超过法定决定期限", level: "red", icon: "✖", rank: "督办", next: "请经办人立即审查或审批，负责人逐件过问（行政许可法第四十二条）" },
  DEEMED: { title: "近五个工作日视为受理", level: "yellow", icon: "▲", rank: "告警", next: "没有在五日内告知，已视为受理：请补看材料并尽快审查（行政许可法第三十二条）" },
  ANSWER: { title: "受理期限今日届满", level: "yellow", icon: "▲", rank: "今日", next: "今天作出受理、补正或不予受理，否则明天起视为受理" },
};

/** how many cases an alarm says that it is for. */
export function said(a: Alarming): string {
  if (a.alarm !== "RENEWAL") return `${a.cases} 件`;
  const ahead = a.cases - a.past;
  return [a.past && `已视为准予 ${a.past} 件`, ahead && `五个工作日内届满 ${ahead} 件`].filter(Boolean).join("，");
}

/** raised are the alarms that there are cases for, in their order. */
export function raised(list: Alarming[]): Alarming[] {
  return list.filter((a) => a.cases > 0);
}
