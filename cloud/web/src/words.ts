// The words of the field: what codes are called on screens.
import type { States } from "../kit/StateTag.vue";

export const questionTypes: Record<string, string> = { TF: "判断题", SINGLE: "单选题", MULTI: "多选题", CASE: "案例题" };

export const difficulties = ["", "1 易", "2 较易", "3 中等", "4 较难", "5 难"];

// Categories of JT/T 697.7 that the centre examines.
export const categories: Record<string, string> = {
  "01001": "经营性道路旅客运输驾驶员",
  "02001": "经营性道路货物运输驾驶员",
  "03001": "道路危险货物运输驾驶员",
  "03002": "道路危险货物装卸管理人员",
  "03003": "道路危险货物运输押运人员",
  "09002": "巡游出租汽车驾驶员",
  "09003": "网络预约出租汽车驾驶员",
};

/** categoryName is the code with its name; codes that are not in the list stand alone. */
export function categoryName(code: string): string {
  const name = categories[code];
  return name ? `${code} ${name}` : code;
}

export const questionStates: States = {
  DRAFT: { text: "草稿", tone: "off" },
  REVIEW: { text: "待审核", tone: "warn" },
  ON: { text: "在用", tone: "good" },
  OFF: { text: "停用", tone: "off" },
};

export const batchStates: States = {
  REVIEW: { text: "待审核", tone: "warn" },
  ON: { text: "已通过", tone: "good" },
  REJECTED: { text: "已退回", tone: "bad" },
};

export const venueStates: States = {
  READY: { text: "可排考", tone: "good" },
  SUSPENDED: { text: "暂停", tone: "warn" },
  DISABLED: { text: "停用", tone: "off" },
};

export const nodeStates: States = {
  ACTIVE: { text: "正常", tone: "good" },
  QUARANTINED: { text: "已隔离", tone: "warn" },
  REVOKED: { text: "已注销", tone: "off" },
};

export const lanes: Record<string, string> = { exam: "考试", rest: "其他" };

/** choices turns a table of words into options of a select. */
export function choices(words: Record<string, string | { text: string }>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, w]) => ({ value, label: typeof w === "string" ? w : w.text }));
}
