// The lists that may hold work for somebody, and how many rows wait in each.
import { ask, client } from "../../kit/client";
import { date } from "../../kit/format";
import { can } from "../session";

export interface Task {
  title: string;
  hint: string;
  to: string;
  count: number | null; // null: could not be counted
  urgent: boolean; // somebody waits for it
}

interface Source extends Omit<Task, "count"> {
  perm: string; // whoever can do the work sees it
  count: () => Promise<number>;
}

const one = { page: 1, page_size: 1 };

/** day is the first or the last second of today in Shanghai, as the contract takes it. */
export const day = (end: boolean): string => `${date(new Date())}T${end ? "23:59:59" : "00:00:00"}+08:00`;

async function sittings(query: { state?: string; from?: string; to?: string; todo?: "CONDUCT" | "REVIEW" | "PUBLISH" }): Promise<number> {
  return (await ask(client.GET("/api/v1/exam/sittings", { params: { query: { ...one, ...query } } }))).total;
}

async function cases(queue: "accept" | "review" | "approve" | "refuse" | "extend" | "certify"): Promise<number> {
  return (await ask(client.GET("/api/v1/licensing/cases", { params: { query: { ...one, queue } } }))).total;
}

async function cancellations(state: "LISTED" | "PROPOSED"): Promise<number> {
  return (await ask(client.GET("/api/v1/licensing/cancellations", { params: { query: { ...one, state } } }))).total;
}

const sources: Source[] = [
  {
    title: "办件待受理",
    hint: "五个工作日内没有答复视为受理",
    to: "/cases/accept",
    perm: "licensing.case.accept",
    urgent: true,
    count: () => cases("accept"),
  },
  {
    title: "办件待审查",
    hint: "领取后审查，超期的在最前",
    to: "/cases/review",
    perm: "licensing.case.review",
    urgent: true,
    count: () => cases("review"),
  },
  {
    title: "办件待审批",
    hint: "作出准予或不予许可的决定",
    to: "/cases/approve",
    perm: "licensing.case.approve",
    urgent: true,
    count: () => cases("approve"),
  },
  {
    title: "拟不予许可待审批",
    hint: "审查员提出，准予前必须退回审查",
    to: "/cases/refuse",
    perm: "licensing.case.approve",
    urgent: true,
    count: () => cases("refuse"),
  },
  {
    title: "延长期限待审批",
    hint: "加强审核的办件由负责人批准或写明不延长",
    to: "/cases/extend",
    perm: "licensing.case.approve",
    urgent: true,
    count: () => cases("extend"),
  },
  {
    title: "待制证送达",
    hint: "决定后十个工作日内送达",
    to: "/cases/certify",
    perm: "licensing.case.certify",
    urgent: true,
    count: () => cases("certify"),
  },
  {
    title: "依职权注销待建议",
    hint: "出现法定注销原因的证件，建议注销或写明暂不注销",
    to: "/cancellations?state=LISTED",
    perm: "licensing.cancellation.propose",
    urgent: false,
    count: () => cancellations("LISTED"),
  },
  {
    title: "依职权注销待批准",
    hint: "由建议人之外的人批准或退回",
    to: "/cancellations?state=PROPOSED",
    perm: "licensing.cancellation.approve",
    urgent: true,
    count: () => cancellations("PROPOSED"),
  },
  {
    title: "外部调用任务需要处理",
    hint: "被对方拒收，不会自动重试",
    to: "/jobs?state=STUCK",
    perm: "jobs.retry",
    urgent: true,
    count: async () => (await ask(client.GET("/api/v1/jobs", { params: { query: { ...one, state: "STUCK" } } }))).total,
  },
  {
    title: "工作日历缺年份",
    hint: "没有的年份不能受理期限跨到该年的申请",
    to: "/calendar",
    perm: "licensing.calendar.import",
    urgent: true,
    count: async () => (await ask(client.GET("/api/v1/licensing/calendar/years"))).missing.length,
  },
  {
    title: "开考申请待审核",
    hint: "考场在等待，请尽快审核",
    to: "/openings",
    perm: "exam.sitting.review",
    urgent: true,
    count: async () => (await ask(client.GET("/api/v1/exam/openings", { params: { query: { ...one, state: "PENDING" } } }))).total,
  },
  {
    title: "今天的场次",
    hint: "点开查看状态和实况",
    to: `/sittings?${new URLSearchParams({ from: day(false), to: day(true) })}`,
    perm: "exam.sitting.list",
    urgent: false,
    count: () => sittings({ from: day(false), to: day(true) }),
  },
  {
    title: "待下达的场次",
    hint: "已安排，考场还不知道",
    to: "/sittings?state=PLANNED",
    perm: "exam.sitting.save",
    urgent: true,
    count: () => sittings({ state: "PLANNED" }),
  },
  {
    title: "场次结束待复算",
    hint: "对账并重新判分",
    to: "/sittings?state=CLOSED",
    perm: "exam.score.run",
    urgent: true,
    count: () => sittings({ state: "CLOSED" }),
  },
  {
    title: "成绩待发布",
    hint: "已复算，确认后由第二人发布",
    to: "/sittings?state=SCORED",
    perm: "exam.score.publish",
    urgent: true,
    count: () => sittings({ state: "SCORED" }),
  },
  {
    title: "成绩公布期限将到",
    hint: "两天内到期或已超期：出租、网约考后 10 日，其余 5 日",
    to: "/sittings?todo=PUBLISH",
    perm: "exam.score.list",
    urgent: true,
    count: () => sittings({ todo: "PUBLISH" }),
  },
  {
    title: "有违纪待复核的场次",
    hint: "复核后成绩才能确认",
    to: "/sittings?todo=CONDUCT",
    perm: "exam.conduct.rule",
    urgent: true,
    count: () => sittings({ todo: "CONDUCT" }),
  },
  {
    title: "有成绩复查待答复的场次",
    hint: "考生在等答复，受理人之外的人答复",
    to: "/sittings?todo=REVIEW",
    perm: "exam.score.review",
    urgent: true,
    count: () => sittings({ todo: "REVIEW" }),
  },
  {
    title: "应会评分表待确认",
    hint: "核对两名考评员签字的评分表",
    to: "/practical?state=SUBMITTED",
    perm: "exam.practical.confirm",
    urgent: true,
    count: async () => (await ask(client.GET("/api/v1/exam/practical/sheets", { params: { query: { ...one, state: "SUBMITTED" } } }))).total,
  },
  {
    title: "进行中的班级",
    hint: "结业前登记每名学员的结果",
    to: "/classes?state=RUNNING",
    perm: "training.class.result",
    urgent: false,
    count: async () => (await ask(client.GET("/api/v1/training/classes", { params: { query: { ...one, state: "RUNNING" } } }))).total,
  },
  {
    title: "草稿与退回的试题",
    hint: "写完后提交审核",
    to: "/questions?status=DRAFT",
    perm: "exam.bank.import",
    urgent: false,
    count: async () => (await ask(client.GET("/api/v1/exam/questions", { params: { query: { ...one, status: "DRAFT" } } }))).total,
  },
  {
    title: "试题批次待审核",
    hint: "审核后才能用于组卷",
    to: "/batches?state=REVIEW",
    perm: "exam.bank.review",
    urgent: true,
    count: async () => (await ask(client.GET("/api/v1/exam/batches", { params: { query: { ...one, state: "REVIEW" } } }))).total,
  },
  {
    title: "设备注册码待批准",
    hint: "批准后考场才能注册设备",
    to: "/enrolments",
    perm: "node.enrolment.approve",
    urgent: true,
    count: async () => {
      const now = new Date();
      const page = await ask(client.GET("/api/v1/node-enrolments", { params: { query: { page: 1, page_size: 200 } } }));
      return page.items.filter((e) => !e.approved_at && !e.used_at && new Date(e.expires_at) > now).length;
    },
  },
  {
    title: "待处置上报",
    hint: "设备上报中无法自动处理的记录",
    to: "/dead-letters",
    perm: "node.dead.list",
    urgent: true,
    count: async () => (await ask(client.GET("/api/v1/node-dead-letters", { params: { query: { ...one, open: true } } }))).total,
  },
  {
    title: "失联设备",
    hint: "超过 45 秒没有上报状态",
    to: "/nodes?state=ACTIVE&contact=lost",
    perm: "node.list",
    urgent: true,
    count: async () => {
      return (await ask(client.GET("/api/v1/nodes", { params: { query: { ...one, state: "ACTIVE", contact: "lost" } } }))).total;
    },
  },
  {
    title: "在用分考场",
    hint: "可以排考的分考场",
    to: "/venues?state=READY",
    perm: "exam.venue.list",
    urgent: false,
    count: async () => (await ask(client.GET("/api/v1/exam/venues", { params: { query: { ...one, state: "READY" } } }))).total,
  },
];

/** tasksFor counts what waits for the signed-in user; one list that fails does not hide the others. */
export async function tasksFor(): Promise<Task[]> {
  const mine = sources.filter((s) => can(s.perm));
  const counts = await Promise.allSettled(mine.map((s) => s.count()));
  const failed = counts.find((c) => c.status === "rejected");
  if (failed && counts.every((c) => c.status === "rejected")) throw failed.reason;
  return mine
    .map((s, i) => {
      const c = counts[i];
      return { title: s.title, hint: s.hint, to: s.to, urgent: s.urgent, count: c?.status === "fulfilled" ? c.value : null };
    })
    .sort((a, b) => Number(b.urgent && (b.count ?? 0) > 0) - Number(a.urgent && (a.count ?? 0) > 0));
}
