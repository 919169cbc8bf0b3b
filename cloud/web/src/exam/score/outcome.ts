// What a result comes to.
import type { States } from "../../../kit/StateTag.vue";

/** Results, in the order of the filter. */
export const outcomes: States = {
  PASSED: { text: "合格", tone: "good" },
  FAILED: { text: "不合格", tone: "off" },
  VOID: { text: "成绩无效", tone: "bad" },
  ZERO: { text: "本场 0 分", tone: "bad" },
  ABSENT: { text: "缺考", tone: "bad" },
  NOT_STARTED: { text: "未开考", tone: "warn" },
  WITHHELD: { text: "成绩暂缓", tone: "warn" },
};
