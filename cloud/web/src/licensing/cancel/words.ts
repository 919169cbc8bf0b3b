// The words of the list of certificates to be cancelled.
import type { States } from "../../../kit/StateTag.vue";

export const causes: Record<string, string> = {
  LAPSED: "超期 180 日未换证",
  AGE: "年龄超限",
  DRIVING: "驾驶证注销、吊销",
  REVOKED: "证件已吊销",
};

export const cancelStates: States = {
  LISTED: { text: "待处理", tone: "warn" },
  PROPOSED: { text: "待审批", tone: "busy" },
  KEPT: { text: "暂不注销", tone: "off" },
  CANCELLED: { text: "已注销", tone: "good" },
  GONE: { text: "原因已消失", tone: "off" },
};
