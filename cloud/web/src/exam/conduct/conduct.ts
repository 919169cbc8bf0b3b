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
