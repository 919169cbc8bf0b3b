// A sitting of one minute: the check during the exam, and the end of the time
// with nobody at the machine. Others go on with their work meanwhile.
import { expect, test } from "@playwright/test";
import { answer, photograph, saved } from "./terminal.js";
import { agree, type Scene, shot } from "./scene.js";
import { toSitting, type Venue } from "./opening.js";
import type { Staged } from "./stack.js";

export function short(scene: () => Scene, venue: Venue, meanwhile: () => void): void {
  let staged: Staged;
  const board = (): string => `${scene().stack.facts.console}/sittings/${staged.sitting}/board`;

  test("一分钟的场次：全程用键盘登录到候考", async () => {
    staged = (await scene().stack.do("short sitting")) as Staged;
    const [page, who] = [venue.machines[0]!, staged.people[0]!];
    expect(who.seat).toBe("001");
    // A key on a button that is still disabled goes nowhere, for a person as well.
    const enter = async (name: string): Promise<void> => {
      const button = page.getByRole("button", { name });
      await expect(button).toBeEnabled();
      await button.press("Enter");
    };
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await enter("返回登录页");
    await page.getByLabel("准考证号").focus();
    await page.keyboard.type(who.admission);
    await press("Tab");
    await page.keyboard.type(who.id_number);
    await press("Enter");
    await expect(page.getByRole("heading", { name: "请核对本人信息" })).toBeVisible();
    await enter("确认无误");
    await photograph(page);
    await enter("下一步");
    await page.getByRole("checkbox", { name: /我已阅读并同意/ }).press("Space");
    await enter("我已阅读");
    await expect(page.getByRole("heading", { name: "请等待开考" })).toBeVisible();
  });

  test("考中抽查：到点自动拍照，作答不停", async () => {
    const [page, chief] = [venue.machines[0]!, venue.chief];
    await toSitting(scene(), chief, "开考流程", staged.sitting);
    const checked = page.waitForResponse((r) => r.url().includes("/terminal/v1/face") && r.ok(), { timeout: 50_000 });
    await chief.getByRole("button", { name: "开始考试" }).click();
    await agree(chief);
    await answer(page, "1");
    await checked;
    await expect(page.getByText("身份核验完成")).toBeVisible();
    await answer(page, "2");
    await expect(saved(page)).toBeVisible();
    await shot(page, "terminal-random-check");
  });

  test("考试机断了网，人走了，页面关了", async () => {
    const page = venue.machines[0]!;
    await page.context().setOffline(true);
    await answer(page, "3");
    await page.close();
  });

  meanwhile();

  test("时间到：没有考试机，考场照样交卷，中心看得到", async () => {
    const chief = venue.chief;
    await toSitting(scene(), chief, "监考", staged.sitting);
    const tile = chief.getByRole("button", { name: /^座位 001/ });
    await expect(tile).toContainText("已交卷", { timeout: 75_000 });
    await tile.click();
    await expect(chief.getByText("到时自动交卷").first()).toBeVisible();
    await shot(chief, "proctor-time-up");
    const centre = await scene().console("zhang.kaowu");
    await centre.goto(board());
    await expect(centre.getByRole("article").filter({ hasText: "001" }).filter({ hasText: "已交卷" })).toBeVisible({ timeout: 30_000 });
  });

  test("时间到之后重开考试机：说明系统已交卷，没赶上的作答逐题列出", async () => {
    const context = venue.machines[0]!.context();
    await context.setOffline(false);
    const page = await scene().open(context, scene().stack.facts.edge + "/terminal/");
    await expect(page.getByRole("heading", { name: "时间到，系统已自动交卷" })).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("alert")).toContainText("第 3 题");
    await expect(page.getByText("共作答 2 / 30 题")).toBeVisible();
    await shot(page, "terminal-time-up");
  });
}

