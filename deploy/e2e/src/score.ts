// After the exam: the venue signs off, the centre scores again, two people
// publish.
import { expect, type Locator, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import type { Guest } from "./door.js";
import { toSitting, type Venue } from "./opening.js";
import { agree, menu, type Scene, shot } from "./scene.js";

export function score(scene: () => Scene, venue: Venue, guest: Guest): void {
  const at = (tab: string): string => `${scene().stack.facts.console}/sittings/${scene().stack.facts.sitting}/${tab}`;

  const sum = (page: Page, code: string): Locator => page.locator(`[data-sum=${code}]`);

  test("监考台：没有网络，前三项一致，第四项写明原因，两人结束场次", async () => {
    const page = venue.chief;
    await toSitting(scene(), page, "结束场次");
    await settle(page);
    for (const code of ["booked", "issued", "started"]) await expect(sum(page, code)).toContainText("✔ 一致");
    await expect(sum(page, "acknowledged")).toContainText("✖ 不一致，差 1");
    await page.getByRole("button", { name: "逐项写明原因并结束场次" }).click();
    await expect(page.getByText(/还有 \d+ 项没有写原因/)).toBeVisible();
    await page.getByRole("button", { name: "无网络", exact: true }).click();
    for (const why of await page.getByPlaceholder("这一项不再处理").all()) {
      if ((await why.inputValue()) === "") await why.fill("浏览器测试：留待中心处理");
    }
    const other = scene().stack.login("liu.jiankao");
    await page.getByLabel("第二人账号").fill(other.username);
    await page.getByLabel("第二人口令").fill(other.password);
    await shot(page, "proctor-closing");
    await page.getByRole("button", { name: "逐项写明原因并结束场次" }).click();
    await agree(page);
    await expect(page.getByText("场次已结束").first()).toBeVisible();
    await expect(page.getByText("○ 尚未签收").first()).toBeVisible();
    await shot(page, "proctor-closed");
  });

  test("网络恢复：第四项一致，考试中心签收，监考台、考试机和管理端都看得到", async () => {
    const page = venue.chief;
    await scene().stack.do("heal");
    await expect(page.getByText("✔ 考试中心已签收").first()).toBeVisible({ timeout: 60_000 });
    await expect(sum(page, "acknowledged")).toContainText("✔ 一致");
    await expect(sum(page, "acknowledged")).toContainText("全部确认");
    await expect(sum(page, "acknowledged")).toContainText("结束时原因：无网络");
    await shot(page, "proctor-receipt");
    const code = venue.machines[1]!.locator("[data-test=receipt]");
    await expect(code).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("table", { name: "逐份签收" })).toContainText(await code.innerText());
    await shot(venue.machines[1]!, "terminal-receipt");
    const centre = await scene().console("zhang.kaowu");
    await centre.goto(at("closeout"));
    await expect(centre.getByText("✔ 已签收")).toBeVisible();
    await expect(centre.getByText("考场结束时写明：无网络")).toBeVisible();
    await shot(centre, "console-closeout");
  });

  test("管理端：下发与回执的全过程", async () => {
    const page = await scene().console("zhang.kaowu");
    await page.goto(at("receipts"));
    // what is left is the centre's: 中心复算 and 发布成绩
    await expect(page.getByText("尚无回执")).toHaveCount(2, { timeout: 30_000 });
    await shot(page, "console-receipts");
  });

  test("管理端：登记一条违纪并复核，成绩有效", async () => {
    const page = await scene().console("li.shenhe");
    await page.goto(at("conduct"));
    await expect(page.getByText("本场次没有违纪记录")).toBeVisible();
    await page.getByRole("button", { name: "登记违纪" }).click();
    const form = page.getByRole("dialog", { name: "登记违纪" });
    await form.getByRole("combobox").first().fill(guest.admission);
    await page.getByRole("option", { name: guest.admission }).click();
    await form.getByRole("combobox").nth(1).click({ force: true });
    await page.getByRole("option", { name: /V03/ }).click();
    await form.getByRole("textbox").fill("录像 10:20，与邻座交谈");
    await form.getByRole("button", { name: "登记" }).click();
    await expect(page.getByText("还有 1 条没有复核")).toBeVisible();
    await page.getByRole("button", { name: "复核", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: /复核 V03/ });
    await expect(dialog.getByText("警告，成绩有效")).toBeVisible();
    await shot(page, "console-ruling");
    await dialog.getByRole("textbox").fill("只交谈一次，已口头警告");
    await dialog.getByRole("button", { name: "确定" }).click();
    await expect(page.getByText("还有 1 条没有复核")).toBeHidden();
    await shot(page, "console-conduct");
  });

  test("管理端：重新组卷、重新判分，没有差异；一人确认，另一人发布", async () => {
    const page = await scene().console("zhang.kaowu");
    await page.goto(at("score"));
    await page.getByRole("button", { name: "对账并复算" }).click();
    await expect(page.getByText(/重新判分且与考场一致/)).toBeVisible();
    await expect(page.getByText("不一致")).toHaveCount(0);
    await shot(page, "console-scored");
    await page.getByRole("button", { name: "确认成绩" }).click();
    await agree(page);
    await expect(page.getByText(/张考务 .* 确认/)).toBeVisible();
    await expect(page.getByRole("button", { name: "发布成绩" })).toBeHidden();

    const other = await scene().console("li.shenhe");
    await other.goto(at("score"));
    await other.getByRole("button", { name: "发布成绩" }).click();
    await agree(other);
    await expect(other.getByText(/李审核 .* 发布/)).toBeVisible();
    await expect(other.getByRole("row").filter({ hasText: guest.admission })).toContainText(/合格/);
    await shot(other, "console-published");
  });

  test("管理端：查看答卷；受理复查，另一人答复", async () => {
    const page = await scene().console("zhang.kaowu");
    await page.goto(at("score"));
    const row = page.getByRole("row").filter({ hasText: guest.admission });
    await row.getByRole("button", { name: "答卷" }).click();
    const paper = page.getByRole("dialog", { name: new RegExp(guest.admission) });
    await expect(paper.getByText(/作答/).first()).toBeVisible();
    await expect(paper.getByRole("button", { name: "作废此题" }).first()).toBeVisible();
    await shot(page, "console-paper");
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: "复查" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("对第 3 题有疑问");
    await agree(page);
    await expect(page.getByText("对第 3 题有疑问")).toBeVisible();

    const other = await scene().console("li.shenhe");
    await other.goto(at("score"));
    await other.getByRole("button", { name: "维持" }).click();
    await other.getByRole("dialog").getByRole("textbox").fill("复核无误");
    await agree(other);
    await expect(other.getByText(/李审核 .*复核无误/)).toBeVisible();
    await shot(other, "console-review");
  });

  test("管理端：一名考生的全程记录，向考场调取现场照片，打印", async () => {
    const page = await scene().console("li.shenhe");
    await page.goto(at("score"));
    await page.getByRole("row").filter({ hasText: guest.admission }).getByRole("link", { name: "全程记录" }).click();
    await expect(page.getByRole("heading", { name: /身份核验/ })).toBeVisible();
    await expect(page.getByText(/复核无误/)).toBeVisible();
    await expect(page.getByText("没有比对").first()).toBeVisible(); // the camera shows no face, and says so
    await page.getByRole("button", { name: "调取现场照片" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("成绩复查");
    await agree(page);
    await expect(page.getByRole("img", { name: "现场照片" }).first()).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText("（本场）")).toBeVisible();
    await accessible(page);
    await shot(page, "console-dossier");
    const link = (await page.getByRole("link", { name: "打印 PDF" }).getAttribute("href")) ?? "";
    const sheet = await page.request.get(new URL(link, page.url()).href);
    expect(sheet.headers()["content-type"]).toBe("application/pdf");
    expect((await sheet.body()).length).toBeGreaterThan(10_000);
  });

  test("管理端：考试履历、合格成绩、成绩通知单", async () => {
    const page = await scene().console("zhang.kaowu");
    await menu(page, "考试履历");
    await page.getByPlaceholder(/完整身份证号/).fill(guest.admission);
    await page.keyboard.press("Enter");
    await expect(page.getByText("共 1 条")).toBeVisible();
    await expect(page.getByRole("cell", { name: /补考/ })).toHaveCount(0);
    await accessible(page);
    await shot(page, "console-careers");
    await menu(page, "合格成绩");
    await expect(page.getByRole("heading", { name: "合格成绩" })).toBeVisible();
    await accessible(page);
    await shot(page, "console-credits");
    await page.goto(at("candidates"));
    const link = (await page.getByRole("link", { name: "成绩通知单" }).getAttribute("href")) ?? "";
    const sheet = await page.request.get(new URL(link, page.url()).href);
    expect(sheet.headers()["content-type"]).toBe("application/pdf");
    expect((await sheet.body()).length).toBeGreaterThan(10_000);
  });
}

/** Sees to every alarm that the day has left: a sitting is not closed over them. */
async function settle(page: Page): Promise<void> {
  const open = page.getByRole("main").getByRole("button", { name: "确认", exact: true });
  await expect(page.getByRole("table", { name: "核对" })).toBeVisible();
  while ((await open.count()) > 0) {
    const before = await open.count();
    await open.first().click();
    await page.getByRole("dialog").getByRole("textbox").fill("已处理");
    await page.getByRole("button", { name: "确认已处理" }).click();
    await expect(open).toHaveCount(before - 1);
  }
}
