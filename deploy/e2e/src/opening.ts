// Before the candidates come: the venue asks, the centre approves, the package
// and the key come down, exam machines are paired.
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { menu, type Scene, shot, signIn } from "./scene.js";

const size = { width: 1440, height: 900 };

/** What the venue has open. */
export interface Venue {
  chief: Page;
  machines: Page[]; // at the two seats
}

/** A candidate's seat, and one that is nobody's: 12 candidates are expected. */
export const seats = ["001", "013"];

/** toSitting opens a page of the sitting at the proctor's. */
export async function toSitting(scene: Scene, chief: Page, tab: string, sitting = scene.stack.facts.sitting): Promise<void> {
  await chief.goto(`${scene.stack.facts.edge}/proctor/sittings/${sitting}`);
  await chief.getByRole("navigation", { name: "场次页面" }).getByRole("link", { name: new RegExp(tab) }).click();
}

export function opening(scene: () => Scene, venue: Venue): void {
  test("监考台：登录，看到下发的场次，提交开考申请", async () => {
    const { facts } = scene().stack;
    const { page } = await scene().page(facts.edge + "/proctor/", size);
    venue.chief = page;
    const chief = scene().stack.login("chen.kaochang");
    await expect(page.getByRole("heading", { name: "监考台" })).toBeVisible();
    await shot(page, "proctor-login");
    await signIn(page, chief.username, chief.password);
    await expect(page.getByRole("link", { name: facts.title })).toBeVisible({ timeout: 30_000 });
    await shot(page, "proctor-sittings");
    await page.getByRole("link", { name: facts.title }).click();
    await page.getByLabel(/在岗监考员/).fill("陈负责、刘监考");
    await page.getByRole("button", { name: "提交开考申请" }).click();
    await expect(page.getByText("已提交，等待中心审核。")).toBeVisible();
    await shot(page, "proctor-opening-requested");
  });

  test("管理端：审核开考申请并通过", async () => {
    const { facts } = scene().stack;
    const page = await scene().console("li.shenhe");
    await menu(page, "开考审核");
    const card = page.getByRole("article").filter({ hasText: facts.title });
    await expect(card).toContainText("刘监考");
    await shot(page, "console-opening");
    await card.getByRole("button", { name: "通过" }).click();
    await page.getByRole("button", { name: /确认通过/ }).click();
    await expect(card).toBeHidden();
  });

  test("监考台：考题包自动到达", async () => {
    const page = venue.chief;
    await expect(page.getByText(/考题包第 1 版已接收并校验/)).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/中心已批准/).first()).toBeVisible();
    await shot(page, "proctor-pack");
  });

  test("考试机：凭配对码配对座位", async () => {
    await menu(venue.chief, "考试机");
    await venue.chief.getByRole("button", { name: /全部座位.*配对码/ }).click();
    const code = (await venue.chief.locator("output").innerText()).replace(/\D/g, "");
    expect(code).toHaveLength(8);
    await shot(venue.chief, "proctor-pairing-code");
    for (const [i, seat] of seats.entries()) {
      const page = await scene().machine(`machine-${seat}`);
      venue.machines.push(page);
      await page.getByLabel("配对码", { exact: true }).fill(code);
      await page.getByLabel("座位号", { exact: true }).fill(seat);
      if (i === 0) await shot(page, "terminal-pair");
      await page.getByRole("button", { name: "配对", exact: true }).click();
      await expect(page.getByRole("heading", { name: "考生登录" })).toBeVisible();
      if (i === 0) await accessible(page);
      const row = venue.chief.getByRole("row").filter({ has: venue.chief.getByRole("cell", { name: seat, exact: true }) });
      await expect(row).toContainText("在线");
    }
    await shot(venue.chief, "proctor-terminals");
  });

  test("监考台：考前检查，豁免未配齐的考试机，考题放行", async () => {
    const page = venue.chief;
    await toSitting(scene(), page, "开考流程");
    await page.getByRole("button", { name: /运行检查|重新检查/ }).click();
    const card = page.locator("section").filter({ has: page.getByRole("heading", { name: "考前检查" }) });
    await expect(card.getByText(/全部通过/).first()).toBeVisible();
    await shot(page, "proctor-preflight");
    const waive = card.locator("label").filter({ hasText: /^豁免$/ });
    if ((await waive.count()) > 0) {
      for (const box of await waive.all()) await box.click();
      await card.getByLabel(/豁免原因/).fill("浏览器测试：只配对两台考试机");
      await card.getByRole("button", { name: /豁免所选/ }).click();
    }
    await expect(page.getByText(/已收到中心的放行密钥/)).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText("可开考").first()).toBeVisible({ timeout: 30_000 });
    await shot(page, "proctor-opened");
    await expect(venue.machines[0]!.getByText("考题尚未放行")).toBeHidden();
  });
}
