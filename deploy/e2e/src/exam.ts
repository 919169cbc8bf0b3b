// The exam itself, through the outage.
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import type { Guest } from "./door.js";
import { agree, choose, type Scene, shot } from "./scene.js";
import { machine } from "./machine.js";
import { seats, toSitting, type Venue } from "./opening.js";
import { answer, at, banner, cell, clock, logIn, photograph, saved, seconds } from "./terminal.js";

const tile = (page: Page, seat: string) => page.getByRole("button", { name: new RegExp(`^座位 ${seat}`) });

export function exam(scene: () => Scene, venue: Venue, guest: Guest): void {
  const first = (): Page => venue.machines[0]!;
  const second = (): Page => venue.machines[1]!;
  const idOf = (): string => scene().stack.facts.people.find((p) => p.admission === guest.admission)!.id_number;
  let left = 0;

  test("考试机：错误的身份证号被拒绝，登录、核对、人脸、规则、等待", async () => {
    const page = first();
    await logIn(page, guest.admission, "310101199001010000");
    await expect(page.getByRole("alert")).toBeVisible();
    await shot(page, "terminal-login-refused");
    await logIn(page, guest.admission, idOf());
    await expect(page.getByRole("heading", { name: "请核对本人信息" })).toBeVisible();
    await expect(page.getByAltText("报名照片")).toBeVisible();
    await shot(page, "terminal-confirm");
    await page.getByRole("button", { name: "确认无误" }).click();

    await expect(page.getByRole("heading", { name: "人脸核验" })).toBeVisible();
    await photograph(page);
    await expect(page.getByText("核验通过")).toBeVisible();
    await shot(page, "terminal-face");
    await page.getByRole("button", { name: "下一步" }).click();

    await expect(page.getByRole("heading", { name: "考试说明与考场规则" })).toBeVisible();
    await page.getByRole("checkbox", { name: /我已阅读并同意/ }).check();
    await shot(page, "terminal-rules");
    await page.getByRole("button", { name: "我已阅读" }).click();
    await expect(page.getByRole("heading", { name: "请等待开考" })).toBeVisible();
    await shot(page, "terminal-wait");
  });

  test("监考台：开始考试；考试机自动进入，作答落在考场服务器上", async () => {
    await toSitting(scene(), venue.chief, "开考流程");
    await venue.chief.getByRole("button", { name: "开始考试" }).click();
    await agree(venue.chief);
    await expect(venue.chief.getByText("考试中").first()).toBeVisible();
    const page = first();
    await expect(page.getByRole("article")).toBeVisible();
    for (const no of ["1", "2", "3"]) await answer(page, no);
    await expect(saved(page)).toBeVisible();
    await expect(saved(page)).toContainText("已保存");
    await shot(page, "terminal-exam");

    await toSitting(scene(), venue.chief, "监考");
    await expect(tile(venue.chief, seats[0]!)).toContainText("作答中");
    await accessible(venue.chief);
    await shot(venue.chief, "proctor-board");
  });

  machine(scene, venue);

  test("断网：考试中心断开，横幅说明，作答照常", async () => {
    const page = first();
    await scene().stack.do("cut");
    await expect(banner(page, "考场服务器 ↔ 考试中心")).toBeVisible({ timeout: 30_000 });
    await answer(page, "4");
    await expect(saved(page)).toBeVisible();
    await shot(page, "terminal-wan-cut");
    await expect(venue.chief.getByRole("region", { name: "同步状态" })).toContainText("断开", { timeout: 30_000 });
    await shot(venue.chief, "proctor-wan-cut");
  });

  test("考场服务器被 kill -9：横幅说明，作答留在考试机", async () => {
    const page = first();
    left = await seconds(page);
    await scene().stack.do("kill edge");
    await expect(banner(page, "考试机 ↔ 考场服务器")).toBeVisible({ timeout: 30_000 });
    await answer(page, "5");
    await answer(page, "6");
    await expect(page.locator("[data-test=save]")).toContainText("待同步 2 题");
    await shot(page, "terminal-edge-killed");
    await shot(venue.chief, "proctor-edge-killed");
    await page.reload(); // the page comes from the machine itself, and knows everything but the time
    await at(page, "6");
    await expect(clock(page)).toHaveText("待校准");
    await expect(page.locator("[data-test=save]")).toContainText("待同步 2 题");
    await shot(page, "terminal-reloaded-alone");
  });

  test("考场服务器重启（中心仍断开）：补传作答，同一题，剩余时间不变", async () => {
    const page = first();
    await scene().stack.do("start edge");
    await expect(saved(page)).toBeVisible({ timeout: 30_000 });
    await expect(banner(page, "考试机 ↔ 考场服务器")).toBeHidden();
    await at(page, "6");
    await expect(banner(page, "考场服务器 ↔ 考试中心")).toBeVisible(); // nothing goes round the cut
    const now = await seconds(page);
    expect(Math.abs(now - left)).toBeLessThanOrEqual(5);
    await shot(page, "terminal-edge-back");
    await page.reload();
    await at(page, "6");
    for (const no of ["1", "2", "3", "4", "5", "6"]) await expect(cell(page, no)).toHaveAccessibleName(/已答/);
  });

  test("换机续考：新座位从原题接着作答，标记还在，旧座位的写入被拒绝", async () => {
    const [old, next, chief] = [first(), second(), venue.chief];
    // The heartbeat tells the venue where the candidate is: wait until it has.
    const told = old.waitForResponse(
      (r) => r.url().includes("/terminal/v1/heartbeat") && r.ok() && (r.request().postData() ?? "").includes('"flagged":["6"]'),
    );
    await old.getByRole("button", { name: "标记本题" }).click();
    await told;
    await old.context().setOffline(true);
    await answer(old, "7");
    await toSitting(scene(), chief, "监考");
    await tile(chief, seats[0]!).click();
    await chief.getByRole("button", { name: "换机续考" }).click();
    const dialog = chief.getByRole("dialog", { name: /换机续考/ });
    await choose(chief, "新座位", /^013/);
    await dialog.getByLabel("原因").fill("键盘失灵");
    await shot(chief, "proctor-move");
    await dialog.getByRole("button", { name: "换机", exact: true }).click();
    await expect(dialog).toBeHidden();

    await logIn(next, guest.admission, idOf());
    await expect(next.getByRole("article")).toBeVisible();
    await expect(next.getByText("已答 6 / 30")).toBeVisible();
    await at(next, "6");
    await expect(cell(next, "6")).toHaveAccessibleName(/已标记/);
    await expect(cell(next, "7")).toHaveAccessibleName(/未答/);
    await answer(next, "8");
    await expect(saved(next)).toBeVisible();
    await shot(next, "terminal-new-seat");

    await old.context().setOffline(false);
    await expect(old.getByRole("heading", { name: "本机已不能作答" })).toBeVisible({ timeout: 30_000 });
    await expect(old.getByRole("alert")).toContainText("第 7 题");
    await expect(old.getByRole("radio")).toHaveCount(0);
    await shot(old, "terminal-fenced");
  });

  test("监考台：补时当场到达考生，告警确认", async () => {
    const chief = venue.chief;
    await toSitting(scene(), chief, "监考");
    const before = await seconds(second());
    await expect(tile(chief, seats[1]!)).toContainText("作答中");
    await expect(tile(chief, seats[0]!)).toContainText("空位");
    await expect(tile(chief, seats[0]!)).not.toContainText("本机待保存");
    await tile(chief, seats[1]!).click();
    await chief.getByRole("button", { name: "补时", exact: true }).click();
    const dialog = chief.getByRole("dialog", { name: /补时/ });
    await dialog.getByLabel(/原因/).fill("换机用时");
    await dialog.getByRole("button", { name: "补时", exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(second().locator("[data-test=notice]")).toContainText(/补时 5 分钟.*换机用时/);
    await shot(second(), "terminal-extended");
    expect(await seconds(second())).toBeGreaterThan(before + 240);
    await chief.keyboard.press("Escape");

    const alarm = chief.getByRole("listitem").filter({ hasText: /黄色|红色/ }).first();
    await expect(alarm).toBeVisible();
    const text = (await alarm.locator(".text").innerText()).trim();
    await shot(chief, "proctor-alarm");
    await alarm.getByRole("button", { name: "确认", exact: true }).click();
    await agree(chief, "确认已处理");
    await expect(chief.locator(".alarms .text").getByText(text, { exact: true })).toHaveCount(0);
  });

  test("网络恢复：横幅消失，中心看到全部作答", async () => {
    await scene().stack.do("heal");
    await expect(banner(second(), "考试中心")).toBeHidden({ timeout: 45_000 });
    await expect(venue.chief.getByRole("region", { name: "同步状态" })).toContainText("待确认 0 条", { timeout: 45_000 });
    await shot(venue.chief, "proctor-healed");
    const page = await scene().console("zhang.kaowu");
    await page.goto(`${scene().stack.facts.console}/sittings/${scene().stack.facts.sitting}/board`);
    const seat = page.getByRole("article").filter({ hasText: "作答中" });
    await expect(seat).toContainText(seats[1]!);
    await expect(seat).toContainText("已答 7 / 30", { timeout: 30_000 });
    await shot(page, "console-board");
  });

  test("考试机：断网时交卷，列出未答题数，确认两次；恢复后交上，显示成绩", async () => {
    const page = second();
    await page.context().setOffline(true);
    await page.keyboard.press("Control+Enter");
    const dialog = page.getByRole("dialog", { name: "交卷" });
    await expect(dialog).toContainText("未答 23 题");
    await shot(page, "terminal-handin");
    await dialog.getByRole("button", { name: "我要交卷" }).click();
    await expect(dialog).toContainText("还有 23 题未作答");
    await dialog.getByRole("button", { name: "确定交卷" }).click();
    await expect(page.getByText("暂时联系不上考场服务器，作答已保存在本机")).toBeVisible({ timeout: 30_000 });
    await shot(page, "terminal-handin-offline");
    await scene().stack.do("cut"); // the venue is without the centre until it has closed
    await page.context().setOffline(false);
    await expect(page.getByRole("heading", { name: "已交卷" })).toBeVisible();
    await expect(page.locator("[data-test=score]")).toContainText("分");
    await expect(page.getByText("答案已安全保存在考场")).toBeVisible();
    await expect(page.getByText("考试中心尚未签收")).toBeVisible();
    await shot(page, "terminal-done");
  });
}
