// The words of legal documents.
import type { States } from "../../../kit/StateTag.vue";

export const kinds: Record<string, string> = {
  D02: "受理通知书",
  D03: "不予受理决定书",
  D04: "材料补正告知书",
  D05: "准予行政许可决定书",
  D06: "不予行政许可决定书",
  D07: "延期通知书",
  D08: "特别程序告知书",
  D09: "送达回证",
  D10: "注销决定书",
  D11: "终止办理告知书",
  D12: "撤销决定书",
  D13: "申报提交确认单",
};

export const trades: Record<string, string> = {
  road: "道路客货运输",
  dangerous: "道路危险货物运输",
  taxi: "巡游出租汽车",
  ridehail: "网络预约出租汽车",
  bus: "公共汽车和电车客运",
};

export const letterStates: States = {
  ISSUED: { text: "有效", tone: "good" },
  VOID: { text: "已作废", tone: "bad" },
};

/** years are those that lists offer: this one and those before it. */
export function years(now = new Date()): string[] {
  const out: string[] = [];
  for (let y = now.getFullYear(); y >= 2026; y--) out.push(String(y));
  return out;
}
