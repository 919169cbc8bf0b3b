// Words of discipline: what an irregularity can mean for a result.
import type { States } from "../../../kit/StateTag.vue";
import type { Schemas } from "../../api";

export type Irregularity = Schemas["ConductIrregularity"];
export type Consequence = Schemas["ConductDecision"]["consequence"];

export const consequences: States = {
  NONE: { text: "不予处理", tone: "off" },
  WARN: { text: "警告，成绩有效", tone: "warn" },
  END: { text: "终止本场，已答部分计分", tone: "warn" },
  ZERO: { text: "本场 0 分", tone: "bad" },
  ABSENT: { text: "缺考处理", tone: "bad" },
  VOID: { text: "取消资格，成绩无效", tone: "bad" },
  BAN: { text: "成绩无效，一年内不得报考", tone: "bad" },
};

/** Results, in the order of the filter. */
export const outcomes: States = {
  PASSED: { text: "合格", tone: "good" },
  FAILED: { text: "不合格", tone: "off" },
  VOID: { text: "成绩无效", tone: "bad" },
  ZERO: { text: "本场 0 分", tone: "bad" },
  ABSENT: { text: "缺考处理", tone: "bad" },
  NOT_STARTED: { text: "未开考", tone: "warn" },
  WITHHELD: { text: "成绩暂缓", tone: "warn" },
};
