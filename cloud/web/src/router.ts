// Every page of the console, its title and the operation that it needs. The
// menu is made from the same list; the server checks every request anyway.
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { whenSignedOut } from "../kit/client";
import { asProblem } from "../kit/problem";
import { can, forget, resume, type Me } from "./session";

declare module "vue-router" {
  interface RouteMeta {
    title?: string;
    perm?: string;
    open?: boolean; // no session needed
  }
}

export interface MenuItem {
  title: string;
  to: string;
  perm: string;
}

export const menu: { title: string; items: MenuItem[] }[] = [
  {
    title: "考务",
    items: [
      { title: "场次", to: "/sittings", perm: "exam.sitting.list" },
      { title: "考试报名", to: "/exam-enrolments", perm: "exam.enrolment.list" },
      { title: "开考审核", to: "/openings", perm: "exam.sitting.list" },
      { title: "考试监管", to: "/supervision", perm: "exam.sitting.watch" },
      { title: "分考场", to: "/venues", perm: "exam.venue.list" },
      { title: "考场看板", to: "/venue-board", perm: "exam.venue.list" },
      { title: "考试履历", to: "/careers", perm: "exam.credit.list" },
      { title: "合格成绩", to: "/credits", perm: "exam.credit.list" },
      { title: "应会成绩", to: "/practical", perm: "exam.practical.list" },
      { title: "应会场次", to: "/practical-sittings", perm: "exam.practical.list" },
      { title: "考试统计", to: "/stats", perm: "exam.stats.read" },
    ],
  },
  {
    title: "培训",
    items: [
      { title: "开班计划", to: "/plans", perm: "training.plan.list" },
      { title: "班级", to: "/classes", perm: "training.class.list" },
    ],
  },
  {
    title: "从业许可",
    items: [
      { title: "办件", to: "/cases", perm: "licensing.case.list" },
      { title: "从业人员", to: "/practitioners", perm: "practitioner.file.list" },
      { title: "重复档案", to: "/duplicates", perm: "practitioner.merge.propose" },
      { title: "企业批量", to: "/company-batches", perm: "licensing.batch.list" },
      { title: "返聘人员", to: "/rehires", perm: "practitioner.rehire.list" },
      { title: "待注销清单", to: "/cancellations", perm: "licensing.cancellation.list" },
      { title: "事项目录", to: "/matters", perm: "licensing.matter.list" },
      { title: "法律文书", to: "/letters", perm: "licensing.letter.list" },
      { title: "文书编号", to: "/letter-registers", perm: "licensing.letter.list" },
      { title: "申请表格", to: "/forms", perm: "licensing.form.print" },
      { title: "失信名单", to: "/sanctions", perm: "sanction.entry.list" },
      { title: "影响规则", to: "/effects", perm: "sanction.rule.list" },
      { title: "吊销锁", to: "/revocations", perm: "sanction.lock.list" },
      { title: "预约管理", to: "/appointments", perm: "appointment.booking.list" },
      { title: "工作日历", to: "/calendar", perm: "licensing.calendar.list" },
    ],
  },
  {
    title: "题库",
    items: [
      { title: "试题", to: "/questions", perm: "exam.bank.list" },
      { title: "导入与审核", to: "/batches", perm: "exam.bank.list" },
      { title: "查看记录", to: "/custody", perm: "exam.bank.custody" },
      { title: "题量统计", to: "/overview", perm: "exam.bank.list" },
      { title: "试题分析", to: "/question-stats", perm: "exam.stats.questions" },
      { title: "组卷规则", to: "/rules", perm: "exam.paper.list" },
      { title: "应会评分方案", to: "/practical-schemes", perm: "exam.practical.list" },
    ],
  },
  {
    title: "设备",
    items: [
      { title: "边缘设备", to: "/nodes", perm: "node.list" },
      { title: "设备注册码", to: "/enrolments", perm: "node.enrolment.list" },
      { title: "待处置上报", to: "/dead-letters", perm: "node.dead.list" },
    ],
  },
  {
    title: "系统",
    items: [
      { title: "人员账号", to: "/staff", perm: "identity.staff.list" },
      { title: "在线用户", to: "/online", perm: "identity.session.online" },
      { title: "审计记录", to: "/audit", perm: "audit.entry.read" },
      { title: "外部调用任务", to: "/jobs", perm: "jobs.list" },
      { title: "一网通办往来", to: "/onestop", perm: "onestop.list" },
    ],
  },
];

const page = (path: string, title: string, perm: string | undefined, component: RouteRecordRaw["component"]): RouteRecordRaw =>
  ({ path, component, meta: { title, perm } }) as RouteRecordRaw;

const pages: RouteRecordRaw[] = [
  page("", "首页", undefined, () => import("./app/HomePage.vue")),
  page("me/sessions", "我的登录会话", undefined, () => import("./identity/MySessions.vue")),
  page("me/password", "修改口令", undefined, () => import("./identity/PasswordPage.vue")),
  page("staff", "人员账号", "identity.staff.list", () => import("./identity/StaffList.vue")),
  page("online", "在线用户", "identity.session.online", () => import("./identity/OnlineList.vue")),
  page("audit/:tab?", "审计记录", "audit.entry.read", () => import("./audit/AuditPage.vue")),
  page("sittings", "场次", "exam.sitting.list", () => import("./exam/sitting/SittingList.vue")),
  page("sittings/:id/candidates/:candidate", "考生全程记录", "exam.dossier.read", () => import("./exam/dossier/DossierPage.vue")),
  page("sittings/:id/:tab?", "场次", "exam.sitting.list", () => import("./exam/sitting/SittingPage.vue")),
  page("exam-enrolments", "考试报名", "exam.enrolment.list", () => import("./exam/enrolment/EnrolmentList.vue")),
  page("openings", "开考审核", "exam.sitting.list", () => import("./exam/sitting/OpeningList.vue")),
  page("questions", "试题", "exam.bank.list", () => import("./exam/bank/QuestionList.vue")),
  page("batches", "试题导入与审核", "exam.bank.list", () => import("./exam/bank/BatchList.vue")),
  page("custody", "试题查看记录", "exam.bank.custody", () => import("./exam/bank/CustodyList.vue")),
  page("overview", "题量统计", "exam.bank.list", () => import("./exam/bank/OverviewPage.vue")),
  page("rules", "组卷规则", "exam.paper.list", () => import("./exam/paper/RuleList.vue")),
  page("rules/new", "新建组卷规则", "exam.paper.save", () => import("./exam/paper/RuleEditor.vue")),
  page("rules/:id/:version", "组卷规则", "exam.paper.list", () => import("./exam/paper/RuleEditor.vue")),
  page("rules/:id/:version/preview", "预览试卷", "exam.paper.preview", () => import("./exam/paper/PaperPreview.vue")),
  page("venues", "分考场", "exam.venue.list", () => import("./exam/venue/VenueList.vue")),
  page("venues/:id", "分考场", "exam.venue.list", () => import("./exam/venue/VenuePage.vue")),
  page("venue-board", "考场看板", "exam.venue.list", () => import("./exam/venue/VenueBoard.vue")),
  page("stats", "考试统计", "exam.stats.read", () => import("./exam/stats/StatsPage.vue")),
  page("question-stats", "试题分析", "exam.stats.questions", () => import("./exam/stats/QuestionStats.vue")),
  page("careers", "考试履历", "exam.credit.list", () => import("./exam/credit/CareerList.vue")),
  page("credits", "合格成绩", "exam.credit.list", () => import("./exam/credit/CreditList.vue")),
  page("supervision", "考试监管", "exam.sitting.watch", () => import("./exam/sitting/SupervisionPage.vue")),
  page("practical", "应会成绩", "exam.practical.list", () => import("./exam/practical/SheetList.vue")),
  page("practical-sittings", "应会场次", "exam.practical.list", () => import("./exam/practical/ArrangementList.vue")),
  page("practical-schemes", "应会评分方案", "exam.practical.list", () => import("./exam/practical/SchemeList.vue")),
  page("practical-schemes/new", "新建应会评分方案", "exam.practical.scheme.save", () => import("./exam/practical/SchemeEditor.vue")),
  page("practical-schemes/:id", "应会评分方案", "exam.practical.list", () => import("./exam/practical/SchemeEditor.vue")),
  page("plans", "开班计划", "training.plan.list", () => import("./training/PlanList.vue")),
  page("classes", "班级", "training.class.list", () => import("./training/ClassList.vue")),
  page("classes/:id", "班级", "training.class.list", () => import("./training/ClassPage.vue")),
  page("practitioners", "从业人员", "practitioner.file.list", () => import("./practitioner/PractitionerList.vue")),
  page("practitioners/:id/:tab?", "从业人员档案", "practitioner.file.list", () => import("./practitioner/PractitionerPage.vue")),
  page("duplicates/:tab?", "重复档案", "practitioner.merge.propose", () => import("./practitioner/DuplicatePage.vue")),
  page("cancellations", "待注销清单", "licensing.cancellation.list", () => import("./licensing/cancel/CancelList.vue")),
  page("rehires/:tab?", "返聘人员", "practitioner.rehire.list", () => import("./practitioner/RehireList.vue")),
  page("company-batches", "企业批量", "licensing.batch.list", () => import("./licensing/batch/BatchList.vue")),
  page("company-batches/:id", "企业批次", "licensing.batch.list", () => import("./licensing/batch/BatchPage.vue")),
  page("nodes", "边缘设备", "node.list", () => import("./node/NodeBoard.vue")),
  page("enrolments", "设备注册码", "node.enrolment.list", () => import("./node/EnrolmentList.vue")),
  page("dead-letters", "待处置上报", "node.dead.list", () => import("./node/DeadLetterList.vue")),
  page("cases/new", "窗口收件", "licensing.case.submit", () => import("./licensing/application/NewCase.vue")),
  page("cases/:queue?", "办件", "licensing.case.list", () => import("./licensing/application/CaseList.vue")),
  page("case/:id/:tab?", "办件", "licensing.case.list", () => import("./licensing/application/CasePage.vue")),
  page("letters", "法律文书", "licensing.letter.list", () => import("./licensing/letter/LetterList.vue")),
  page("letters/:id", "法律文书", "licensing.letter.list", () => import("./licensing/letter/LetterPage.vue")),
  page("letter-registers", "文书编号", "licensing.letter.list", () => import("./licensing/letter/RegisterPage.vue")),
  page("forms", "申请表格", "licensing.form.print", () => import("./licensing/letter/FormPage.vue")),
  page("appointments/:tab?", "预约管理", "appointment.booking.list", () => import("./appointment/AppointmentPage.vue")),
  page("calendar", "工作日历", "licensing.calendar.list", () => import("./licensing/CalendarPage.vue")),
  page("matters", "事项目录", "licensing.matter.list", () => import("./licensing/matter/MatterList.vue")),
  page("matters/:id/compare", "事项版本比较", "licensing.matter.list", () => import("./licensing/matter/MatterCompare.vue")),
  page("matters/:id/:version?", "事项", "licensing.matter.list", () => import("./licensing/matter/MatterPage.vue")),
  page("sanctions/entries/:id", "失信信息", "sanction.entry.list", () => import("./sanction/EntryPage.vue")),
  page("sanctions/:tab?", "失信名单", undefined, () => import("./sanction/SanctionPage.vue")),
  page("effects/versions/:version", "影响规则", "sanction.rule.list", () => import("./sanction/VersionPage.vue")),
  page("effects/:tab?", "影响规则", "sanction.rule.list", () => import("./sanction/RulePage.vue")),
  page("jobs", "外部调用任务", "jobs.list", () => import("./jobs/JobList.vue")),
  page("onestop/reports/:id", "一网通办核对差异", "onestop.list", () => import("./onestop/DifferenceList.vue")),
  page("onestop/:tab?", "一网通办往来", "onestop.list", () => import("./onestop/OneStopPage.vue")),
  page("revocations", "吊销锁", "sanction.lock.list", () => import("./sanction/LockList.vue")),
  page("revocations/:id", "吊销锁", "sanction.lock.list", () => import("./sanction/LockPage.vue")),
  page(":rest(.*)*", "页面不存在", undefined, () => import("./app/MissingPage.vue")),
];

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/login", component: () => import("./app/LoginPage.vue"), meta: { title: "登录", open: true } },
    { path: "/verify", component: () => import("./licensing/letter/VerifyPage.vue"), meta: { title: "法律文书查验", open: true } },
    { path: "/trouble", component: () => import("./app/TroublePage.vue"), meta: { title: "连接不上", open: true } },
    { path: "/", component: () => import("./app/AppLayout.vue"), children: pages },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  let who: Me | null;
  try {
    who = await resume();
  } catch (e) {
    const p = asProblem(e);
    return { path: "/trouble", query: { why: p.title, trace: p.trace || undefined, back: to.fullPath } };
  }
  if (!who) return { path: "/login", query: { back: to.fullPath } };
  if (who.must_change && to.path !== "/me/password") return "/me/password";
  if (to.meta.perm && !can(to.meta.perm)) return { path: "/", query: { denied: to.meta.title } };
  return true;
});

router.afterEach((to) => {
  document.title = `${to.meta.title ?? ""} · 沪运从业`;
});

// After an update the old pages' parts are gone: the new page is loaded whole,
// once, so that a part that is really missing does not go round in circles.
router.onError((error, to) => {
  const missing = error instanceof TypeError && /import/.test(error.message);
  if (missing && sessionStorage.getItem("reloaded") !== to.fullPath) {
    sessionStorage.setItem("reloaded", to.fullPath);
    window.location.assign(to.fullPath);
  } else {
    asProblem(error);
  }
});

whenSignedOut(() => {
  forget();
  const at = router.currentRoute.value;
  if (at.path !== "/login") void router.replace({ path: "/login", query: { expired: "1", back: at.fullPath } });
});
