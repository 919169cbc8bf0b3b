// What jobs are called on screens.
import type { States } from "../../kit/StateTag.vue";

export const jobStates: States = {
  STUCK: { text: "需要处理", tone: "bad" },
  LATER: { text: "等待重试", tone: "warn" },
  RUNNING: { text: "正在执行", tone: "busy" },
  WAITING: { text: "等待执行", tone: "off" },
};
