import { createRouter, createWebHistory } from "vue-router";
import ArrivePage from "./ArrivePage.vue";
import HomePage from "./HomePage.vue";
import { resume } from "./session";

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: () => ({ top: 0 }),
  routes: [
    { path: "/arrive", component: ArrivePage, meta: { open: true } },
    { path: "/welcome", component: () => import("./WelcomePage.vue"), meta: { open: true } },
    { path: "/", component: HomePage },
    { path: "/matter/:code", component: () => import("./IntroPage.vue"), props: true },
    { path: "/case/:id", component: () => import("./CasePage.vue"), props: true },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open || (await resume())) return true;
  return { path: "/welcome" };
});
