// The words of the field: what codes are called on screens.
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

/** What the venue's audit calls what people did. */
export const acts: Record<string, string> = {
  "staff.login": "登录",
  "staff.login.refused": "登录被拒绝",
  "staff.logout": "退出登录",
  "exam.opening.request": "申请开考",
  "exam.preflight.run": "考前检查",
  "exam.pack.import": "导入考题包",
  "exam.key.release": "收到放行密钥",
  "exam.sitting.start": "开始考试",
  "exam.attempt.consent": "考生确认考场规则",
  "exam.attempt.pause": "暂停",
  "exam.attempt.resume": "恢复",
  "exam.attempt.extend": "补时",
  "exam.attempt.handin": "强制交卷",
  "seating.checkin.decide": "入场人工决定",
  "seating.candidate.reveal": "查看完整身份证号",
  "seating.seat.assign": "调整座位",
  "seating.move": "换机续考",
  "seating.verification.decide": "核验人工判定",
  "seating.terminal.code": "生成配对码",
  "seating.terminal.pair": "考试机配对",
  "seating.terminal.unpair": "解除配对",
  "supervise.alarm.acknowledge": "确认告警",
  "supervise.irregularity.note": "登记违纪",
  "supervise.message.read": "阅读中心消息",
  "supervise.close": "结束场次",
  "supervise.export": "导出密封包",
};
