// The words of practical exams.
import type { States } from "../../../kit/StateTag.vue";

export const sheetStates: States = {
  SUBMITTED: { text: "待确认", tone: "busy" },
  CONFIRMED: { text: "已确认", tone: "good" },
  REJECTED: { text: "已退回", tone: "bad" },
};

export const schemeStates: States = {
  DRAFT: { text: "草稿", tone: "busy" },
  IN_USE: { text: "在用", tone: "good" },
  SUCCEEDED: { text: "已被取代", tone: "off" },
};

export const fails: Record<string, string> = { "": "只扣分", item: "该项目不得分", exam: "直接不合格" };
