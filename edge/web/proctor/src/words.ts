// The words of the field: what codes are called on screens. The picture that a
// candidate registered with is 预留照片 everywhere, the one taken here 现场照片.
import type { States } from "@kit/StateTag.vue";

export const sittingStates: States = {
  assigned: { text: "待申请", tone: "warn" },
  requested: { text: "待中心审核", tone: "busy" },
  returned: { text: "已退回", tone: "bad" },
  approved: { text: "已批准", tone: "busy" },
  opened: { text: "可开考", tone: "good" },
  running: { text: "考试中", tone: "good" },
  closed: { text: "已结束", tone: "off" },
  cancelled: { text: "已取消", tone: "off" },
};

export const standings: States = {
  expected: { text: "未到", tone: "off" },
  pending: { text: "待人工核验", tone: "warn" },
  admitted: { text: "已入场", tone: "good" },
  refused: { text: "未准入场", tone: "bad" },
};

export const decisions: States = {
  pass: { text: "通过", tone: "good" },
  fail: { text: "未通过", tone: "bad" },
  manual: { text: "需人工决定", tone: "warn" },
};

export const stages: Record<string, string> = { ENTRY: "入场", PRE: "开考前", RANDOM: "考中抽查" };

export const roles: Record<string, string> = { proctor: "监考员", chief: "主考", technician: "技术员" };

export const lanes: Record<string, string> = { exam: "考试记录", rest: "其他记录" };

export const transports: Record<string, string> = { quic: "QUIC", tls: "TLS", tcp: "TCP" };

export const handins: Record<string, string> = { candidate: "本人交卷", time: "到时自动交卷", proctor: "监考员强制交卷" };

export const alarmLevels: States = {
  red: { text: "红色告警", tone: "bad" },
  yellow: { text: "黄色告警", tone: "warn" },
};
