// What a result comes to.
import type { States } from "../../../kit/StateTag.vue";

/** Results, in the order of the filter. */
export const outcomes: States = {
  PASSED: { text: "合格", tone: "good" },
  FAILED: { text: "不合格", tone: "off" },
  VOID: { text: "成绩无效", tone: "bad" },
  ZERO: { text: "本场 0 分", tone: "bad" },
  ABSENT: { text: "缺考处理", tone: "bad" }, // came, and is treated as if not; who stayed away has no paper here
  NOT_STARTED: { text: "未开考", tone: "warn" },
  WITHHELD: { text: "成绩暂缓", tone: "warn" },
};

/** marked says that the marks are the result; else they are only on record. */
export const marked = (outcome: string): boolean => ["PASSED", "FAILED", "ZERO"].includes(outcome);
