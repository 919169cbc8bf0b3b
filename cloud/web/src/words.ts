// The words of the field: what codes are called on screens.
import type { States } from "../kit/StateTag.vue";

export const questionTypes: Record<string, string> = { TF: "判断题", SINGLE: "单选题", MULTI: "多选题", CASE: "案例题" };

/** questionNumber is a question's number as workbooks and the search have it. */
export const questionNumber = (n: number): string => `Q${String(n).padStart(6, "0")}`;

export const difficulties = ["", "1 易", "2 较易", "3 中等", "4 较难", "5 难"];

// Categories of JT/T 697.7 that the centre examines.
export const categories: Record<string, string> = {
  "01001": "道路旅客运输驾驶员",
  "02001": "道路货物运输驾驶员",
  "03001": "道路危险货物运输驾驶员",
  "03002": "道路危险货物装卸管理人员",
  "03003": "道路危险货物押运人员",
  "03005": "剧毒化学品驾驶员",
  "03006": "剧毒化学品装卸管理人员",
  "03007": "剧毒化学品押运人员",
  "03009": "爆炸品驾驶员",
  "03010": "爆炸品装卸管理人员",
  "03011": "爆炸品押运人员",
  "03013": "放射性物品驾驶员",
  "03014": "放射性物品装卸管理人员",
  "03015": "放射性物品押运人员",
  "09002": "巡游出租汽车驾驶员",
  "09003": "网络预约出租汽车驾驶员",
  "13001": "城市公共汽电车驾驶员",
  "13901": "公交售票员",
  "13902": "公交调度员",
};

/** categoryName is the code with its name; codes that are not in the list stand alone. */
export function categoryName(code: string): string {
  const name = categories[code];
  return name ? `${code} ${name}` : code;
}

export const industries: Record<string, string> = {
  taxi: "巡游出租",
  ridehail: "网约车",
  freight: "道路货运",
  dangerous: "危险货物",
  bus: "公交",
  coach: "道路客运",
};

/** seenHow is how somebody came to see a question. */
export const seenHow: Record<string, string> = { SHOW: "打开试题", PREVIEW: "预览试卷", EXPORT: "导出" };

export const subjects = ["理论", "全国公共科目", "区域科目"];

export const questionStates: States = {
  DRAFT: { text: "草稿", tone: "off" },
  REVIEW: { text: "待审核", tone: "warn" },
  ON: { text: "在用", tone: "good" },
  OFF: { text: "停用", tone: "off" },
};

export const batchStates: States = {
  DRAFT: { text: "草稿", tone: "off" },
  REVIEW: { text: "待审核", tone: "warn" },
  ON: { text: "已通过", tone: "good" },
  REJECTED: { text: "已退回", tone: "bad" },
};

export const venueStates: States = {
  READY: { text: "可排考", tone: "good" },
  SUSPENDED: { text: "暂停", tone: "warn" },
  DISABLED: { text: "停用", tone: "off" },
};

export const sittingStates: States = {
  NONE: { text: "无场次", tone: "off" },
  PLANNED: { text: "编排中", tone: "off" },
  ASSIGNED: { text: "已下达", tone: "busy" },
  APPLYING: { text: "申请开考", tone: "warn" },
  APPROVED: { text: "已批准", tone: "busy" },
  RETURNED: { text: "已退回", tone: "bad" },
  DISPATCHED: { text: "考题包下发中", tone: "busy" },
  RELEASED: { text: "密钥已放行", tone: "busy" },
  RUNNING: { text: "考试中", tone: "good" },
  CLOSED: { text: "已结束", tone: "busy" },
  SCORED: { text: "已复算", tone: "busy" },
  PUBLISHED: { text: "已发布", tone: "good" },
  SUSPENDED: { text: "已暂停", tone: "warn" },
  CANCELLED: { text: "已取消", tone: "off" },
};

/** stages is what a badge says: a package that has arrived is not on its way. */
export const stages: States = { ...sittingStates, RECEIVED: { text: "考题包已收到", tone: "busy" } };

export const sittingTodos: Record<string, string> = { CONDUCT: "违纪待复核", REVIEW: "复查待答复", PUBLISH: "公布期限将到" };

export function stageOf(sitting: { state: string; pack_received: boolean }): string {
  return sitting.state === "DISPATCHED" && sitting.pack_received ? "RECEIVED" : sitting.state;
}

export const openingStates: States = {
  PENDING: { text: "待审核", tone: "warn" },
  APPROVED: { text: "已通过", tone: "good" },
  RETURNED: { text: "已退回", tone: "bad" },
};

export const seatStates: States = {
  BOOKED: { text: "未到", tone: "off" },
  TURNED: { text: "拒绝入场", tone: "bad" },
  ADMITTED: { text: "已入场", tone: "busy" },
  LOGGED_IN: { text: "已登录", tone: "busy" },
  READY: { text: "等待开考", tone: "busy" },
  ANSWERING: { text: "作答中", tone: "good" },
  PAUSED: { text: "暂停", tone: "warn" },
  HANDED_IN: { text: "已交卷", tone: "off" },
};

export const nodeStates: States = {
  ACTIVE: { text: "正常", tone: "good" },
  QUARANTINED: { text: "已隔离", tone: "warn" },
  REVOKED: { text: "已注销", tone: "off" },
};

export const lanes: Record<string, string> = { exam: "考试", rest: "其他" };

/** choices turns a table of words into options of a select. */
export function choices(words: Record<string, string | { text: string }>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, w]) => ({ value, label: typeof w === "string" ? w : w.text }));
}

export const verificationStages: Record<string, string> = { ENTRY: "入场", PRE: "开考前", RANDOM: "考试中抽查", CENTRE: "中心认定" };

// Why the machine decided as it did (edge/face); a person's reason is in words already.
export const verificationReasons: Record<string, string> = {
  "face.match": "与预留照片相符",
  "face.unlike": "与预留照片不符",
  "face.unsure": "相似度不足以判定",
  "face.none": "没有检出人脸",
  "face.many": "检出多张人脸",
  "face.picture": "图像不可用",
  "face.reference": "没有可用的预留照片",
  "face.demo": "演示级引擎不作判定",
  "face.result": "引擎结果不可用",
  "face.machine.done": "多次不通过，须人工核对",
  "face.down": "核验服务不可用",
};

// Irregularities, chapter 9.6 of the domain reference.
export const irregularities: Record<string, string> = {
  V01: "迟到超过 15 分钟或未带证件",
  V02: "携带的通讯设备未关闭",
  V03: "交头接耳、旁窥",
  V04: "擅离座位、扰乱秩序",
  V05: "使用通讯设备或资料作弊",
  V06: "替考",
  V07: "暴力、泄题",
  V08: "篡改设备、外联",
};

// Alarms of venues by their codes; a venue may be newer than this page.
export const alarmNames: Record<string, string> = {
  "exam.session.fenced": "旧座位仍在作答",
  "exam.start.unverified": "未经核验即开考",
  "seating.login.held": "同一考生在两处登录",
  "seating.verification.other": "人工判定不是本人",
  "exam.preflight.red": "考前检查转为不通过",
  "face.absent": "座位上没有人",
  "face.away": "长时间不在座位",
  "face.several": "座位上不止一人",
  "terminal.away": "离开考试页面",
  "terminal.camera": "考试机摄像头断开",
  "terminal.silent": "考试机没有响应",
  "terminal.unchecked": "考中抽查未完成",
  "terminal.wrong.person": "考生称信息不是本人",
  "venue.store.failed": "考场存储写入失败",
};

/** phases are a venue's states of the field; most follow from its sittings. */
export const phases: States = {
  READY: { text: "可排考", tone: "good" },
  APPLYING: { text: "申请开考", tone: "warn" },
  APPROVED: { text: "已批准", tone: "busy" },
  DISPATCHED: { text: "考题已下发", tone: "busy" },
  RUNNING: { text: "考试中", tone: "good" },
  CLOSED: { text: "已结束", tone: "busy" },
  SUSPENDED: { text: "暂停", tone: "warn" },
  DISABLED: { text: "停用", tone: "off" },
};

export const venueRoles: Record<string, string> = { chief: "主考", proctor: "监考员", technician: "技术员" };

export const equipmentKinds = ["考试机", "摄像头", "身份证阅读器", "打印机", "监控", "网络设备", "不间断电源", "其他"] as const;
