// The words of training.
import type { States } from "../../kit/StateTag.vue";
import { outcomes } from "../exam/score/outcome";

export const trainingKinds: Record<string, string> = { NEW: "岗前", RETRAIN: "继续教育（复训）" };

export const classStates: States = {
  PLANNED: { text: "计划中", tone: "off" },
  OPEN: { text: "报名中", tone: "busy" },
  RUNNING: { text: "进行中", tone: "good" },
  FINISHED: { text: "已结业", tone: "busy" },
  CANCELLED: { text: "已取消", tone: "off" },
};

export const memberResults: States = {
  NONE: { text: "未登记", tone: "off" },
  PASSED: { text: "合格", tone: "good" },
  FAILED: { text: "不合格", tone: "bad" },
};

export const examOutcomes: States = { WAITING: { text: "未公布", tone: "off" }, ...outcomes, MISSED: { text: "缺考", tone: "bad" } };
