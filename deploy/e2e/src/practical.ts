// The practical exam: two examiners score and sign at the venue, the centre
// sends back or confirms.
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { agree, fits, menu, type Scene, shot } from "./scene.js";
import { toSitting } from "./opening.js";
import type { Staged } from "./stack.js";

export function practical(scene: () => Scene, chief: () => Page): void {
  let staged: Staged;

  test("应会：逐项扣分，撤销，同一人不能签两次，两名考官签名", async () => {
    staged = (await scene().stack.do("practical sitting")) as Staged;
    const page = chief();
    await toSitting(scene(), page, "应会", staged.sitting);
    await page.getByRole("button").filter({ hasText: staged.people[0]!.admission }).click();
    const tap = page.locator("button.tap").filter({ hasText: "−" }).first();
    await tap.click();
    await tap.click();
    await expect(tap).toContainText("× 2");
    await page.getByRole("button", { name: /撤销上一次扣分/ }).click();
    await expect(tap).not.toContainText("× 2");
    while ((await page.getByRole("button", { name: "○ 本项评完" }).count()) > 0) await page.getByRole("button", { name: "○ 本项评完" }).first().click();
    await accessible(page);
    await fits(page);
    await shot(page, "practical-sheet");

    const sign = async (username: string, password: string): Promise<void> => {
      await page.getByLabel("第二人账号").fill(username);
      await page.getByLabel("第二人口令").fill(password);
      await page.getByRole("button", { name: "两名考官签名并提交" }).click();
    };
    const [first, second] = [scene().stack.login("chen.kaochang"), scene().stack.login("liu.jiankao")];
    await sign(first.username, first.password);
    await expect(page.getByText("就是您本人，请换另一人")).toBeVisible();
    await expect(page.getByRole("button", { name: "两名考官签名并提交" })).toBeEnabled(); // it was not taken
    await sign(second.username, second.password);
    await expect(page.getByRole("button").filter({ hasText: staged.people[0]!.admission })).toContainText("◐");
    await shot(page, "practical-signed");
  });

  test("应会：中心核对并确认", async () => {
    const page = await scene().console("li.shenhe", { width: 1366, height: 768 });
    await menu(page, "应会成绩");
    const row = page.getByRole("row").filter({ hasText: staged.people[0]!.admission });
    await expect(row).toBeVisible({ timeout: 30_000 });
    await fits(page);
    await shot(page, "practical-list");
    await row.getByRole("button").first().click();
    const sheet = page.getByRole("dialog", { name: "应会评分表" });
    await expect(sheet.getByText(/陈负责.*刘监考|刘监考.*陈负责/)).toBeVisible();
    await accessible(page);
    await shot(page, "practical-centre");
    await sheet.getByRole("button", { name: "确认成绩" }).click();
    await agree(page);
    await expect(sheet.getByText("已确认").first()).toBeVisible();
    await expect(chief().getByRole("button").filter({ hasText: staged.people[0]!.admission })).toContainText("✔", { timeout: 30_000 });
  });
}
