// At the centre, before the exam: signing in, the bank, the rules, the devices.
import { expect, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { choose, menu, type Scene, shot, signIn } from "./scene.js";

export function centre(scene: () => Scene): void {
  test("管理端：口令错误被拒绝并说明，正确口令进入首页", async () => {
    const { facts } = scene().stack;
    const { page, context } = await scene().page(facts.console, { width: 1440, height: 900 });
    await expect(page.getByRole("heading", { name: "沪运从业" })).toBeVisible();
    await accessible(page);
    await signIn(page, "zhang.kaowu", "不对的口令-1");
    await expect(page.getByRole("alert")).toContainText("错误");
    await expect(page.getByRole("navigation", { name: "主菜单" })).toBeHidden();
    await shot(page, "console-login-refused");
    await context.close();

    const mine = await scene().console("zhang.kaowu");
    await expect(mine.getByRole("heading", { name: /今天需要您做什么/ })).toBeVisible();
    await expect(mine.getByRole("link", { name: /今天的场次/ })).toBeVisible();
    await accessible(mine);
    await shot(mine, "console-home");
  });

  test("管理端：场次列表", async () => {
    const page = await scene().console("zhang.kaowu");
    await menu(page, "场次");
    await expect(page.getByRole("button", { name: scene().stack.facts.title })).toBeVisible();
    await shot(page, "console-sittings");
  });

  test("管理端：试题列表与筛选", async () => {
    const page = await scene().console("wang.tiku");
    await menu(page, "试题");
    const total = page.locator(".el-pagination__total");
    await expect(total).toHaveText(/共 [4-9]\d\d 条/);
    const before = await total.innerText();
    await choose(page, "题型", "案例题");
    await expect(total).not.toHaveText(before);
    await expect(page.getByRole("row", { name: /判断题|单选题|多选题/ })).toHaveCount(0);
    await expect(page.getByRole("row", { name: /案例题/ }).first()).toBeVisible();
    await shot(page, "console-questions-filtered");
    await page.getByRole("button", { name: "重置" }).click();
    await expect(total).toHaveText(before);
  });

  test("管理端：组卷规则当场说明题库够不够", async () => {
    const page = await scene().console("zhang.kaowu");
    await menu(page, "组卷规则");
    await page.getByRole("button", { name: "城市公共汽电车驾驶员演示卷", exact: true }).click();
    await expect(page.getByText("题库可以满足")).toBeVisible();
    await shot(page, "console-rule");
    const count = page.getByLabel("题数").first();
    await count.fill("200"); // more than the bank has, not more than a paper may have
    await count.press("Tab");
    await expect(page.getByText("题库不能满足")).toBeVisible();
    await shot(page, "console-rule-short");
    await page.getByRole("button", { name: "返回" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "确定" }).click();
    await expect(page.getByRole("heading", { name: "组卷规则" })).toBeVisible();
  });

  test("管理端：设备看板上有本考场的设备", async () => {
    const page = await scene().console("sysadmin");
    await menu(page, "边缘设备");
    const card = page.getByRole("article").filter({ hasText: "考场服务器" });
    for (const fact of ["浦东分考场", "正常", "在线", "版本", "时钟偏差", "磁盘可用", "最久未确认", "中心收到"]) await expect(card).toContainText(fact);
    await shot(page, "console-nodes");
  });
}
