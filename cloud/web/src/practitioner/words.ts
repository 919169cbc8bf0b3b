// The words of a person's file.
import type { States } from "../../kit/StateTag.vue";

export const licenceTypes: Record<string, string> = {
  "RE-071": "道路运输从业人员从业资格证",
  "RE-075": "巡游出租汽车驾驶员证",
  "RE-072": "网络预约出租汽车驾驶员证",
  BUS: "公共汽电车从业人员资格证",
};

export const shortTypes: Record<string, string> = { "RE-071": "道路运输", "RE-075": "巡游出租", "RE-072": "网约车", BUS: "公交" };

export const licenceStates: States = {
  "10": { text: "有效", tone: "good" },
  "01": { text: "已换发", tone: "off" },
  "02": { text: "已过期", tone: "warn" },
  "03": { text: "已注销", tone: "off" },
  "04": { text: "已撤销", tone: "bad" },
  "05": { text: "已吊销", tone: "bad" },
  "09": { text: "已转出", tone: "off" },
};

/** What can be asked for in the list: a certificate of a file is never "replaced". */
export const searchedStates: States = Object.fromEntries(Object.entries(licenceStates).filter(([k]) => k !== "01"));

export const windows: States = {
  EARLY: { text: "未到换证期", tone: "off" },
  OPEN: { text: "可以换证", tone: "busy" },
  SHORT: { text: "不足 30 日到期", tone: "warn" },
  LATE: { text: "已超期，不得上岗，可换证", tone: "bad" },
  LAPSED: { text: "超期 180 日，应注销", tone: "bad" },
  ENDLESS: { text: "长期有效", tone: "good" },
};

export const residences: Record<string, string> = {
  SH: "本市户籍",
  NON_SH: "非沪籍",
  NON_SH_TAXI2NET: "非沪籍（巡转网）",
  NON_SH_RENT2NET: "非沪籍（租转网）",
};

export const sexes: Record<string, string> = { "0": "未知", "1": "男", "2": "女", "9": "未说明" };

export const educationModes: Record<string, string> = { ONSITE: "现场", ONLINE: "网络" };

export const registrationStates: States = { ACTIVE: { text: "在册", tone: "good" }, ENDED: { text: "已终止", tone: "off" } };

export const rehireStates: States = {
  ACTIVE: { text: "返聘中", tone: "good" },
  DISMISSED: { text: "已解聘", tone: "off" },
  EXPIRED: { text: "期满失效", tone: "off" },
};

export const cardKinds: Record<string, string> = { SUPERVISION: "服务监督卡", TRAINING: "培训合格证" };

export const cardStates: States = { ACTIVE: { text: "有效", tone: "good" }, VOID: { text: "作废", tone: "off" } };

/** What people can be hired again for. */
export const rehireCategories = ["09002", "13001", "13901", "13902"] as const;

export const pairStates: States = {
  OPEN: { text: "待处理", tone: "warn" },
  PROPOSED: { text: "待确认合并", tone: "busy" },
  DIFFERENT: { text: "不是同一人", tone: "off" },
  MERGED: { text: "已合并", tone: "good" },
};

export const mergeStates: States = {
  PROPOSED: { text: "待确认", tone: "warn" },
  CONFIRMED: { text: "已合并", tone: "good" },
  REFUSED: { text: "已退回", tone: "bad" },
};

export const eventKinds: Record<string, string> = {
  FILE: "建档",
  FILL: "补充信息",
  CORRECT: "更正",
  PHOTO: "照片",
  REVEAL: "查看完整信息",
  REMARK: "备注",
  ISSUE: "核发",
  ADD_CATEGORY: "增项",
  DROP_CATEGORY: "注销类别",
  RENEW: "换证",
  REISSUE: "补证",
  CHANGE: "变更",
  IMPORT: "导入",
  TRANSFER_IN: "转入",
  TRANSFER_REVOKE: "转籍撤销",
  STATE_10: "恢复有效",
  STATE_02: "过期",
  STATE_03: "注销",
  STATE_04: "撤销",
  STATE_05: "吊销",
  STATE_09: "转出",
  DRIVING: "驾驶证",
  REGISTER: "单位登记",
  UNREGISTER: "终止登记",
  NOTICE: "告知本人",
  REG_RENEW: "延续注册",
  CARD: "核发卡",
  CARD_VOID: "卡作废",
  EDUCATION: "继续教育",
  ASSESSMENT: "诚信考核",
  REHIRE: "返聘",
  DISMISS: "解聘",
  REHIRE_END: "返聘期满",
  CASE: "办件",
  EXAM: "考试报名",
  MERGE: "合并",
  MERGED: "被合并",
  DIFFERENT: "认定不同",
};

/** looks is a certificate's state as it is today: past its day it is expired, whatever the row says. */
export function looks(l: { state: string; valid_to: string }, today: string): string {
  return l.state === "10" && l.valid_to !== "" && l.valid_to < today ? "02" : l.state;
}

/** within says how many days there are until a day; negative when it is past. */
export function within(day: string, today: string): number {
  return Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000);
}
