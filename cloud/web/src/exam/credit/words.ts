// The words of passed subjects.
import type { States } from "../../../kit/StateTag.vue";

export const creditStates: States = {
  VALID: { text: "有效", tone: "good" },
  EXPIRED: { text: "已过期", tone: "off" },
  WITHDRAWN: { text: "已撤销", tone: "bad" },
};

export const practicals: States = {
  WAITING: { text: "待公布", tone: "off" },
  PASSED: { text: "合格", tone: "good" },
  FAILED: { text: "不合格", tone: "off" },
};

/** Subjects that can be passed; the practical exam has no paper. */
export { subjects } from "../../words";
export const practical = "应会";
