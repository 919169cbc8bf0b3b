// The words of lists, rules and revocations.
import type { States } from "../../kit/StateTag.vue";
import { nameOf } from "../identity/names";

export const lists: Record<string, string> = {
  TRANSPORT_SERIOUS: "交通运输领域严重失信主体",
  JUDGMENT: "失信被执行人",
  SAFETY_SERIOUS: "安全生产严重失信主体",
  WAGES_SERIOUS: "拖欠农民工工资失信联合惩戒对象",
  TRANSPORT_GENERAL: "交通运输领域一般失信",
};

export const entryStates: States = {
  ON: { text: "在列", tone: "bad" },
  OFF: { text: "已移出", tone: "good" },
  DELETED: { text: "已删除", tone: "off" },
};

export const repairs: Record<string, string> = { NONE: "未申请修复", APPLIED: "修复处理中", REPAIRED: "已修复", REFUSED: "修复未通过", ANNULLED: "原决定已撤销" };

export const effects: Record<string, string> = { NONE: "不限制", WARN: "提示", NO_FAST: "不享受优先", STRICT_REVIEW: "加强审核", BLOCK_SUBMIT: "禁止办理" };

export const colors: Record<string, string> = { RED: "红", ORANGE: "橙", YELLOW: "黄", BLUE: "蓝", GREEN: "绿" };

export const actions: Record<string, string> = {
  APPLY: "申领",
  ADD_CATEGORY: "增加从业资格类别",
  RENEW: "换证",
  REISSUE: "补证",
  CHANGE: "变更",
  CANCEL: "注销",
  TRANSFER_IN: "转籍迁入",
  TRANSFER_OUT: "转籍迁出",
  TRANSFER_REVOKE: "撤销转籍",
  TRAIN_CERT: "培训合格证领取",
  REHIRE: "返聘",
  DISMISS: "解聘",
  APPOINT: "预约",
  CARD_NEW: "服务监督卡申领",
  CARD_RENEW: "服务监督卡换发",
  CARD_REISSUE: "服务监督卡补发",
  REGISTER: "注册",
  REG_RENEW: "延续注册",
  REG_CANCEL: "注销注册",
  EXAM_ENROLL: "考试报名",
  EXAM_RETAKE: "补考报名",
};

export const actionOf = (code: string): string => (code === "*" ? "全部业务" : (actions[code] ?? code));

export const taskKinds: Record<string, string> = { MARK: "标注异议", DECIDE: "答复异议", DELETE: "删除名单信息" };
export const outcomes: Record<string, string> = { DONE: "已办", UPHELD: "异议成立", REJECTED: "异议不成立" };

export const ruleStates: States = {
  PROPOSED: { text: "待复核", tone: "warn" },
  ACTIVE: { text: "现行", tone: "good" },
  RETIRED: { text: "已停用", tone: "off" },
  REFUSED: { text: "已退回", tone: "bad" },
};

export const lockStates: States = {
  WAITING: { text: "未到生效日", tone: "off" },
  UNCLAIMED: { text: "待认领", tone: "warn" },
  AMBIGUOUS: { text: "待人工匹配", tone: "warn" },
  ACTIVE: { text: "锁定中", tone: "bad" },
  SUSPENDED: { text: "停止执行", tone: "busy" },
  LIFTED: { text: "已解除", tone: "good" },
};

export const certTypes: Record<string, string> = { "RE-071": "道路运输从业资格证", "RE-075": "巡游出租汽车驾驶员证", "RE-072": "网约车驾驶员证", BUS: "公交从业资格证" };
export const causes: Record<string, string> = { REVOKED: "吊销", FRAUD: "欺骗、贿赂取得被撤销", FALSE_APPLICATION: "隐瞒或虚假申请" };
export const scopes: Record<string, string> = { CERT: "本证", CATEGORY: "部分类别", PERSON_FAMILY: "本人同行业" };
export const families: Record<string, string> = { ROAD: "道路运输", TAXI: "出租汽车", BUS: "公交", "*": "全部行业" };
export const liftReasons: Record<string, string> = {
  HEARING: "行政听证",
  RECONSIDERATION: "行政复议",
  LITIGATION: "行政诉讼",
  WITHDRAWN: "撤案",
  CORRECTION: "更正决定",
  DATA_ERROR: "数据差错",
};
export const liftKinds: Record<string, string> = { LIFT: "解除", SUSPEND: "停止执行", RESUME: "恢复执行" };
export const noticeKinds: Record<string, string> = { REVOKE: "吊销", ...liftKinds };
/** What two people do to a lock: one asks, the other checks. */
export const requestKinds: Record<string, string> = { ...liftKinds, CLAIM: "认领" };
export const liftStates: States = {
  OPEN: { text: "待复核", tone: "warn" },
  APPROVED: { text: "已通过", tone: "good" },
  REFUSED: { text: "已退回", tone: "bad" },
};

const systems: Record<string, string> = { "credit-sh": "失信管理系统", "enforcement-sh": "综合执法系统" };

/** by is who did something: a person, or the system that reported it. */
export const by = (who: string): string => (who ? (systems[who] ?? nameOf(who)) : "—");
