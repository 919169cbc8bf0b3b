import { createRouter, createWebHistory } from "vue-router";
import ArrivePage from "./ArrivePage.vue";
import HomePage from "./HomePage.vue";
import { homeOf } from "./places";
import { resume, who } from "./session";

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: () => ({ top: 0 }),
  routes: [
    { path: "/arrive", component: ArrivePage, meta: { open: true } },
    { path: "/welcome", component: () => import("./WelcomePage.vue"), meta: { open: true } },
    { path: "/", component: HomePage },
    { path: "/matter/:code", component: () => import("./IntroPage.vue"), props: true },
    { path: "/case/:id", component: () => import("./CasePage.vue"), props: true },
    { path: "/personal", component: () => import("./company/PersonalPage.vue") },
    { path: "/visits", component: () => import("./visit/VisitPage.vue") },
    { path: "/company", component: () => import("./company/CompanyPage.vue") },
    { path: "/company/:id", component: () => import("./company/BatchPage.vue"), props: true },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  if (!(await resume())) return { path: "/welcome" };
  return homeOf(who.value?.kind === "COMPANY", to.path) ?? true;
});
