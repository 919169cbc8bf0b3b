// Classes at the centre: a line of the plan, a class under it that is rearranged,
// people, results for many at once, and who passed goes into a sitting.
import { expect, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { agree, choose, fits, menu, type Scene, shot } from "./scene.js";

const people = [
  ["赵甲", "310101199003070011"],
  ["钱乙", "310101199003070038"],
  ["孙丙", "310101199003070054"],
] as const;
const room = "三楼教室（浏览器测试）";

/** checked puts the right check digit to seventeen digits (GB 11643). */
function checked(id: string): string {
  let sum = 0;
  for (const d of id.slice(0, 17)) sum = ((sum + Number(d)) * 2) % 11;
  return id.slice(0, 17) + "10X98765432"[sum];
}

export function classes(scene: () => Scene): void {
  const size = { width: 1366, height: 768 };

  test("班级：计划一条，按计划开班", async () => {
    const page = await scene().console("zhang.kaowu", size);
    await menu(page, "开班计划");
    await page.getByRole("button", { name: "新增计划" }).click();
    await choose(page, "培训岗位", /^02001/);
    await page.getByRole("dialog").getByRole("button", { name: "保存" }).click();
    const line = page.getByRole("row").filter({ hasText: "02001" });
    await expect(line).toBeVisible();
    await accessible(page);
    await fits(page);
    await shot(page, "classes-plan");
    await line.getByRole("button", { name: "开班" }).click();
    const form = page.getByRole("dialog", { name: "开班" });
    await form.getByRole("combobox", { name: "分考场" }).click({ force: true });
    await page.getByRole("option", { name: /浦东分考场/ }).click();
    await form.getByPlaceholder(/教室或考室名称/).fill(room);
    await form.locator(".el-form-item").filter({ hasText: "教师" }).getByRole("textbox").last().fill("周老师");
    await form.getByRole("button", { name: "开班", exact: true }).click();
    await expect(page.getByText("计划中").first()).toBeVisible();
  });

  test("班级：开班前可以改地点、教师和名额", async () => {
    const page = await scene().console("zhang.kaowu");
    await page.getByRole("button", { name: "修改安排" }).click();
    const form = page.getByRole("dialog", { name: /修改班级/ });
    await expect(form.getByPlaceholder(/教室或考室名称/)).toHaveValue(room);
    await form.getByRole("spinbutton", { name: "名额" }).fill("20");
    await form.getByRole("spinbutton", { name: "名额" }).press("Tab");
    await shot(page, "classes-change");
    await form.getByRole("button", { name: "保存" }).click();
    await expect(page.getByText("0／20 人")).toBeVisible();
  });

  test("班级：编入学员，成批登记结业结果", async () => {
    const page = await scene().console("zhang.kaowu");
    await page.getByRole("button", { name: "开放报名" }).click();
    await agree(page);
    for (const [name, id] of people) {
      await page.getByRole("button", { name: "编入学员" }).click();
      const form = page.getByRole("dialog", { name: "编入学员" });
      await form.getByRole("textbox").nth(0).fill(name);
      await form.getByRole("textbox").nth(1).fill(checked(id));
      await form.getByRole("button", { name: "编入", exact: true }).click();
      await expect(page.getByRole("row").filter({ hasText: name })).toBeVisible();
    }
    await page.getByRole("button", { name: "开班", exact: true }).click();
    await agree(page);
    const many = page.getByRole("button", { name: /登记所选/ });
    await expect(many).toBeDisabled();
    await accessible(page);
    for (const [name] of people.slice(0, 2)) await page.getByRole("row").filter({ hasText: name }).locator(".el-checkbox").click();
    await many.click();
    const form = page.getByRole("dialog", { name: "登记 2 人的结业结果" });
    await form.getByRole("spinbutton", { name: "学时" }).fill("3");
    await form.getByRole("spinbutton", { name: "学时" }).press("Tab");
    await expect(form.getByRole("alert")).toContainText("学时不足");
    await expect(form.getByRole("button", { name: "登记", exact: true })).toBeDisabled();
    await form.getByRole("spinbutton", { name: "学时" }).fill("24");
    await form.getByRole("spinbutton", { name: "学时" }).press("Tab");
    await shot(page, "classes-results");
    await form.getByRole("button", { name: "登记", exact: true }).click();
    await expect(page.getByRole("row").filter({ hasText: people[1][0] })).toContainText("合格");

    await page.getByRole("row").filter({ hasText: people[2][0] }).getByRole("button", { name: "登记结果" }).click();
    const one = page.getByRole("dialog", { name: "登记 1 人的结业结果" });
    await one.locator(".el-radio").filter({ hasText: "不合格" }).click();
    await one.getByRole("button", { name: "登记", exact: true }).click();
    await expect(page.getByRole("row").filter({ hasText: people[2][0] })).toContainText("不合格");
    await fits(page);
    await shot(page, "classes-members");
  });

  test("班级：学员名单导出为 Excel", async () => {
    const page = await scene().console("zhang.kaowu");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "导出 Excel" }).click();
    expect((await saved).suggestedFilename()).toBe("学员.xlsx");
  });

  test("班级：结业，合格学员报名到场次", async () => {
    const page = await scene().console("zhang.kaowu");
    const at = page.url();
    await menu(page, "场次");
    await page.getByRole("button", { name: "安排场次" }).first().click();
    const form = page.getByRole("dialog", { name: "安排场次" });
    await form.getByRole("combobox", { name: "分考场" }).click({ force: true });
    await page.getByRole("option", { name: /浦东分考场/ }).filter({ visible: true }).first().click();
    await choose(page, "考室", /一号考室/);
    await choose(page, "组卷规则", /道路货物运输驾驶员演示卷/);
    const when = new Date(Date.now() + 48 * 3600_000).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
    await form.getByRole("combobox", { name: "开考时间" }).fill(`${when} 09:00`);
    await form.getByRole("combobox", { name: "开考时间" }).press("Enter");
    const title = form.getByPlaceholder(/自动填写/);
    await title.fill("货运结业学员考试（浏览器测试）");
    await form.getByRole("button", { name: "安排", exact: true }).click();
    await expect(page.getByRole("heading", { name: /货运结业学员考试/ })).toBeVisible();

    await page.goto(at);
    await page.getByRole("button", { name: "结业", exact: true }).click();
    await agree(page);
    await page.locator(".el-radio-button").filter({ hasText: "考试情况" }).click();
    await page.getByRole("button", { name: "报名到场次" }).click();
    await choose(page, "场次", /货运结业学员考试/);
    await page.getByRole("dialog").locator(".el-checkbox").click();
    await page.getByRole("button", { name: "报名", exact: true }).click();
    await expect(page.getByText("已报名 2 人，未报名 0 人")).toBeVisible();
    await page.getByRole("button", { name: "关闭", exact: true }).click();
    await expect(page.getByRole("row").filter({ hasText: people[0][0] })).toContainText("未公布");
    await accessible(page);
    await shot(page, "classes-exams");
  });
}
