// What is said of messages to 一网通办 on screens.
import type { States } from "../../kit/StateTag.vue";

export const messageStates: States = {
  WAITING: { text: "待发送", tone: "warn" },
  SENT: { text: "已送达", tone: "good" },
  REFUSED: { text: "被拒收", tone: "bad" },
  SKIPPED: { text: "已跳过", tone: "off" },
};

export const stepStates: States = {
  FAILED: { text: "没有送到", tone: "warn" },
  REFUSED: { text: "被拒收", tone: "bad" },
  SENT: { text: "已送达", tone: "good" },
  RESENT: { text: "重发", tone: "busy" },
  SKIPPED: { text: "跳过", tone: "off" },
};

export const nodes: Record<string, string> = {
  "01": "收件", "02": "受理", "03": "不予受理", "04": "补正", "05": "审批", "06": "特别程序", "07": "延期", "08": "办结-准予", "09": "办结-不予",
  "10": "制证", "11": "送达", "12": "撤回", "13": "终止", "14": "预审退回",
};

export const endpoints: Record<string, string> = {
  "declare/saveApply.do": "办件登记",
  "declare/uploadStuff.do": "材料登记",
  "declare/submitApply.do": "提交申请",
  "case/status": "办理状态",
  "case/correction": "补正内容",
  "case/result": "办理结果",
  "case/document": "电子文书送达",
};

export const differences: States = {
  MISSING: { text: "平台没有", tone: "bad" },
  SEQ: { text: "条数不一致", tone: "bad" },
  NODE: { text: "节点不一致", tone: "warn" },
  DOCUMENT: { text: "文书不一致", tone: "warn" },
};
