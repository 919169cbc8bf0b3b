// The door: the machine compares, a person decides what it cannot.
import { expect, test } from "@playwright/test";
import { type Scene, shot } from "./scene.js";
import { seats, toSitting, type Venue } from "./opening.js";

/** Who sits at the first seat. */
export interface Guest {
  admission: string;
}

export function door(scene: () => Scene, venue: Venue, guest: Guest): void {
  test("入场核验：机器认不出时，两名监考员看着两张照片决定", async () => {
    const page = venue.chief;
    await toSitting(scene(), page, "入场核验");
    const entry = page.getByRole("listitem").getByRole("button").filter({ hasText: `座位 ${seats[0]}` });
    guest.admission = (await entry.locator(".num").first().innerText()).trim();
    await page.getByLabel("查找考生").fill(guest.admission);
    await page.keyboard.press("Enter");
    const shutter = page.getByRole("button", { name: /拍照核验/ });
    await expect(shutter).toBeEnabled();
    await shot(page, "proctor-door");

    // The fake camera shows a pattern: no engine finds a face in it, however often one tries.
    const second = page.getByLabel("第二人账号");
    for (let n = 0; n < 3 && !(await second.isVisible()); n++) {
      const answered = page.waitForResponse((r) => r.url().includes("/face"));
      await shutter.click();
      await answered;
      await expect(shutter).toBeEnabled();
      await expect(page.getByRole("heading", { name: "人工决定" })).toBeVisible();
    }
    await expect(page.getByAltText("报名时的预留照片")).toBeVisible();
    await expect(page.getByAltText("刚才拍摄的现场照片")).toBeVisible();
    await shot(page, "proctor-door-decision");
    const colleague = scene().stack.login("liu.jiankao");
    await page.getByRole("button", { name: "身份证与本人一致" }).click();
    await second.fill(colleague.username);
    await page.getByLabel("第二人口令").fill(colleague.password);
    await page.getByRole("button", { name: /准予入场/ }).first().click();
    await expect(entry).toContainText("已入场");
    await shot(page, "proctor-door-admitted");
  });
}
