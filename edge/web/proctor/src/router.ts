// Every page of the console and the permission that it needs. The server checks
// every request anyway.
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { whenSignedOut } from "./api";
import { can, forget, resume } from "./session";

declare module "vue-router" {
  interface RouteMeta {
    title?: string;
    perm?: string;
    open?: boolean; // no session needed
  }
}

const page = (path: string, title: string, perm: string | undefined, component: RouteRecordRaw["component"]): RouteRecordRaw =>
  ({ path, component, props: true, meta: { title, perm } }) as RouteRecordRaw;

const ofSitting: RouteRecordRaw[] = [
  page("", "开考流程", "exam.sitting.read", () => import("./sitting/SittingFlow.vue")),
  page("door", "入场核验", "seating.checkin.read", () => import("./door/DoorPage.vue")),
  page("board", "监考", "exam.sitting.read", () => import("./board/BoardPage.vue")),
  page("practical", "应会考试", "exam.practical.read", () => import("./practical/PracticalPage.vue")),
  page("closing", "结束场次", "supervise.close.read", () => import("./closing/ClosingPage.vue")),
];

const pages: RouteRecordRaw[] = [
  page("", "场次", "exam.sitting.read", () => import("./sitting/SittingList.vue")),
  { path: "sittings/:sitting", props: true, component: () => import("./sitting/SittingLayout.vue"), children: ofSitting },
  page("terminals", "考试机", "seating.terminal.read", () => import("./terminal/TerminalPage.vue")),
  page("calibration", "人脸核验校准", "face.calibrate", () => import("./calibration/CalibrationPage.vue")),
  page("rehearsals", "断网演练", "exam.rehearsal.read", () => import("./rehearsal/RehearsalList.vue")),
  page("rehearsals/:rehearsal", "断网演练", "exam.rehearsal.read", () => import("./rehearsal/RehearsalPage.vue")),
  page("alarms", "告警与消息", "exam.sitting.read", () => import("./alarm/AlarmPage.vue")),
  page("audit", "审计记录", "supervise.audit.read", () => import("./audit/AuditPage.vue")),
  page("denied", "没有权限", undefined, () => import("./app/DeniedPage.vue")),
  page(":rest(.*)*", "页面不存在", undefined, () => import("./app/MissingPage.vue")),
];

export const router = createRouter({
  history: createWebHistory("/proctor/"),
  routes: [
    { path: "/login", component: () => import("./app/LoginPage.vue"), meta: { title: "登录", open: true } },
    { path: "/", component: () => import("./app/AppLayout.vue"), children: pages },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  const who = await resume().catch(() => null); // no answer: the login page says so when it is tried
  if (!who) return { path: "/login", query: { back: to.fullPath } };
  if (to.meta.perm && !can(to.meta.perm)) return { path: "/denied", query: { page: to.meta.title } };
  return true;
});

router.afterEach((to) => {
  document.title = `${to.meta.title ?? ""} · 监考台 · 沪运从业`;
});

whenSignedOut(() => {
  forget();
  const at = router.currentRoute.value;
  if (at.path !== "/login") void router.replace({ path: "/login", query: { expired: "1", back: at.fullPath } });
});
