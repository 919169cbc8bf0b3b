// The technician measures the face engine with photographs of people who agreed.
import { expect, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { fits, menu, type Scene, shot, signIn } from "./scene.js";

export function calibration(scene: () => Scene): void {
  test("人脸校准：没有同意书不能开始，测定后给出阈值", async () => {
    const { page, context } = await scene().page(scene().stack.facts.edge + "/proctor/", { width: 1366, height: 768 });
    const who = scene().stack.login("sun.jishu");
    await signIn(page, who.username, who.password);
    await menu(page, "人脸校准");
    await expect(page.getByText("还没有测定过")).toBeVisible();
    await accessible(page);
    await fits(page);
    await shot(page, "calibration-empty");

    const photos = scene().stack.folder("photos.zip");
    await scene().stack.do(`portraits:${photos}`);
    await page.locator("#photos").setInputFiles(photos);
    const begin = page.getByRole("button", { name: "开始测定" });
    await page.getByPlaceholder(/技术室/).fill("技术室 3 号文件柜");
    await expect(begin).toBeDisabled();
    await page.locator(".el-checkbox").click();
    await begin.click();
    await expect(page.getByText("照片已删除")).toBeVisible({ timeout: 45_000 });
    await accessible(page);
    await fits(page);
    await shot(page, "calibration-result");
    await context.close();
  });
}
