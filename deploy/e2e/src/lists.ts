// The venue's lists: searched, filtered, saved as they are shown.
import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { toSitting } from "./opening.js";
import { choose, fits, menu, type Scene, shot } from "./scene.js";

export function lists(scene: () => Scene, chief: () => Page): void {
  /** saved is what the button 导出 of a page writes, line by line. */
  async function saved(page: Page, within = page.locator("main")): Promise<{ name: string; lines: string[] }> {
    const coming = page.waitForEvent("download");
    await within.getByRole("button", { name: "导出", exact: true }).first().click();
    const file = await coming;
    const path = scene().stack.folder("list.csv");
    await file.saveAs(path);
    const text = readFileSync(path, "utf8");
    expect(text.startsWith("\uFEFF")).toBe(true);
    return { name: file.suggestedFilename(), lines: text.slice(1).trimEnd().split("\r\n") };
  }

  test("考生名单：按状态筛选，导出的就是看到的，证件号码打码", async () => {
    const page = chief();
    const put = await scene().stack.do("practical sitting");
    await toSitting(scene(), page, "入场核验", put.sitting!);
    await expect(page.getByRole("button", { name: /全部 1/ })).toBeVisible();
    const all = await saved(page);
    expect(all.name).toMatch(/^考生名单-道路货运.*-\d{8}-\d{6}\.csv$/);
    expect(all.lines).toHaveLength(2);
    expect(all.lines[1]).toContain("已入场");
    expect(all.lines[1]).not.toContain(put.people![0]!.id_number);
    await fits(page);
    await shot(page, "list-door");
    await page.getByRole("button", { name: /未准入场 0/ }).click();
    await expect(page.getByText("没有符合条件的考生")).toBeVisible();
    await expect(page.getByRole("button", { name: "导出", exact: true })).toBeDisabled();
    await page.getByRole("button", { name: "清除筛选" }).click();
    await expect(page.getByRole("button", { name: /全部 1/ })).toBeVisible();
  });

  test("审计记录：人员、操作、时间在服务器上筛选，导出全部符合条件的", async () => {
    const page = chief();
    await menu(page, "审计");
    await choose(page, "操作", "登录");
    await expect(page.getByRole("row").filter({ hasText: "入场人工决定" })).toHaveCount(0);
    const only = await saved(page);
    expect(only.lines.length).toBeGreaterThan(1);
    for (const line of only.lines.slice(1)) expect(line).toContain('"登录"');
    await accessible(page);
    await fits(page);
    await shot(page, "list-audit");
    await page.getByRole("textbox", { name: "查找审计记录" }).fill("没有这个人");
    await page.getByRole("button", { name: "查询" }).click();
    await page.getByRole("button", { name: "清除筛选" }).click();
    await expect(page.getByRole("row").filter({ hasText: "入场人工决定" }).first()).toBeVisible();
  });

  test("其余各页：没有结果时说明，并能清除筛选", async () => {
    const page = chief();
    await menu(page, "告警与消息");
    await page.getByRole("textbox", { name: "查找告警" }).fill("没有这样的告警");
    await page.getByRole("button", { name: "清除筛选" }).click();
    await accessible(page);
    await fits(page);
    await shot(page, "list-alarms");
    await menu(page, "考试机");
    await page.getByRole("textbox", { name: "查找座位" }).fill("没有");
    await page.getByRole("button", { name: "清除筛选" }).click();
    await choose(page, "状态", "未配对");
    expect((await saved(page)).lines.length).toBeGreaterThan(1);
    await accessible(page);
    await fits(page);
    await shot(page, "list-terminals");
    await menu(page, "场次");
    await page.getByRole("textbox", { name: "查找场次" }).fill("没有");
    await page.getByRole("button", { name: "清除筛选" }).click();
    expect((await saved(page)).lines.length).toBeGreaterThan(1);
    await accessible(page);
    await fits(page);
    await shot(page, "list-sittings");
  });
}
