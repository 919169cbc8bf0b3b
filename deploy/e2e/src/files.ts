// At the centre: what is previewed, and files that come back with what is wrong
// in them.
import { expect, test } from "@playwright/test";
import { menu, type Scene, shot } from "./scene.js";
import { returned } from "./workbook.js";

export function files(scene: () => Scene): void {
  test("管理端：预览试卷，没有答案；换一份就是另一份", async () => {
    const page = await scene().console("zhang.kaowu");
    await menu(page, "组卷规则");
    await page.getByRole("button", { name: "城市公共汽电车驾驶员演示卷", exact: true }).click();
    await page.getByRole("link", { name: "预览一份试卷" }).click();
    await expect(page.getByText("共 30 题，满分 100 分")).toBeVisible();
    const paper = page.locator("main");
    await expect(page.getByRole("article")).toHaveCount(30);
    await expect(paper.locator("blockquote")).toHaveCount(1);
    await expect(paper).not.toContainText("正确答案");
    await shot(page, "console-preview");
    await paper.locator("blockquote").scrollIntoViewIfNeeded();
    await shot(page, "console-preview-case");
    const one = await page.getByRole("article").allInnerTexts();
    await page.getByRole("button", { name: "换一份" }).click();
    await expect.poll(async () => (await page.getByRole("article").allInnerTexts()).join() !== one.join()).toBe(true);
  });

  test("管理端：有一行错误的题库工作簿整个不导入；改好后导入，等另一人审核", async () => {
    const page = await scene().console("wang.tiku");
    const { facts } = scene().stack;
    await menu(page, "导入与审核");
    await expect(page.getByRole("button", { name: "题库-公交.xlsx" })).toBeVisible();
    await page.getByRole("button", { name: "导入试题" }).click();
    const drawer = page.getByRole("dialog", { name: "导入试题" });
    const send = async (path: string): Promise<void> => {
      await drawer.getByLabel(/试题工作簿/).setInputFiles(path);
      await drawer.getByRole("button", { name: "开始导入" }).click();
    };
    await send(facts.questions + "-bad.xlsx");
    await expect(drawer.getByRole("alert")).toContainText("整个文件没有导入");
    await expect(drawer.getByRole("row", { name: /^3 .*答案/ })).toBeVisible();
    await shot(page, "console-import-refused");
    expect((await returned(page)).text).toContain("答案");
    await send(facts.questions + "-good.xlsx");
    await expect(drawer.getByText("已导入 3 道试题")).toBeVisible();
    await shot(page, "console-import-taken");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("row", { name: /试题-good\.xlsx.*待审核/ })).toBeVisible();
  });
}

export function roster(scene: () => Scene): void {
  test("管理端：有错误的考生名单整个不导入，退回的工作簿逐行写明原因", async () => {
    const page = await scene().console("zhang.kaowu");
    const { facts } = scene().stack;
    await page.goto(`${facts.console}/sittings/${facts.sitting}/candidates`);
    const total = page.locator(".el-pagination__total");
    await expect(total).toHaveText("共 12 条");
    await page.getByRole("button", { name: "导入名单" }).click();
    const drawer = page.getByRole("dialog", { name: "导入考生名单" });
    await drawer.getByLabel(/考生名单工作簿/).setInputFiles(facts.roster + "-bad.xlsx");
    await drawer.getByRole("button", { name: "开始导入" }).click();
    await expect(drawer.getByRole("alert")).toContainText("有 2 处错误，整个文件没有导入");
    await expect(drawer.getByRole("row", { name: /^3 身份证号 .*校验位/ })).toBeVisible();
    await expect(drawer.getByRole("row", { name: /^4 身份证号 与第 2 行是同一个身份证号/ })).toBeVisible();
    await shot(page, "console-roster-refused");
    const back = await returned(page);
    expect(back.text).toContain("校验位不正确");
    // It can be sent again as it came back, and is refused for the same.
    await drawer.getByLabel(/考生名单工作簿/).setInputFiles(back.path);
    await drawer.getByRole("button", { name: "开始导入" }).click();
    await expect(drawer.getByRole("alert")).toContainText("有 2 处错误");
    await page.keyboard.press("Escape");
    await expect(drawer).toBeHidden();
    await expect(total).toHaveText("共 12 条");
  });
}
