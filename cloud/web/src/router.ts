// Every page of the console, its title and the operation that it needs. The
// menu is made from the same list; the server checks every request anyway.
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { whenSignedOut } from "../kit/client";
import { can, forget, resume } from "./session";

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
  perm?: string;
}

export const menu: { title: string; items: MenuItem[] }[] = [
  {
    title: "考务",
    items: [
      { title: "场次", to: "/sittings", perm: "exam.sitting.list" },
      { title: "成绩", to: "/scores", perm: "exam.score.list" },
      { title: "分考场", to: "/venues", perm: "exam.venue.list" },
    ],
  },
  {
    title: "题库",
    items: [
      { title: "试题", to: "/questions", perm: "exam.bank.list" },
      { title: "导入与审核", to: "/batches", perm: "exam.bank.list" },
      { title: "组卷规则", to: "/rules", perm: "exam.paper.list" },
    ],
  },
  {
    title: "设备",
    items: [
      { title: "边缘设备", to: "/nodes", perm: "node.list" },
      { title: "设备注册码", to: "/enrolments", perm: "node.enrolment.list" },
      { title: "未处理的上报", to: "/dead-letters", perm: "node.dead.list" },
    ],
  },
  {
    title: "系统",
    items: [
      { title: "人员账号", to: "/staff", perm: "identity.staff.list" },
      { title: "在线用户", to: "/online", perm: "identity.session.list" },
      { title: "审计记录", to: "/audit", perm: "audit.read" },
    ],
  },
];

const pages: RouteRecordRaw[] = [
  { path: "", component: () => import("./app/HomePage.vue"), meta: { title: "首页" } },
  { path: "me/sessions", component: () => import("./identity/MySessions.vue"), meta: { title: "我的登录会话" } },
  { path: "me/password", component: () => import("./identity/PasswordPage.vue"), meta: { title: "修改口令" } },
  { path: ":rest(.*)*", component: () => import("./app/MissingPage.vue"), meta: { title: "页面不存在" } },
];

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/login", component: () => import("./app/LoginPage.vue"), meta: { title: "登录", open: true } },
    { path: "/", component: () => import("./app/AppLayout.vue"), children: pages },
  ],
});

router.beforeEach(async (to) => {
  document.title = `${to.meta.title ?? ""} · 沪运从业`;
  if (to.meta.open) return true;
  const who = await resume();
  if (!who) return { path: "/login", query: { back: to.fullPath } };
  if (who.must_change && to.path !== "/me/password") return "/me/password";
  if (to.meta.perm && !can(to.meta.perm)) return { path: "/", query: { denied: to.meta.title } };
  return true;
});

whenSignedOut(() => {
  forget();
  if (router.currentRoute.value.path !== "/login") {
    void router.replace({ path: "/login", query: { expired: "1", back: router.currentRoute.value.fullPath } });
  }
});
