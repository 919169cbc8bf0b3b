// The rehearsal of an outage at the venue, as its chief sees it.
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { agree, because, fits, menu, type Scene, shot } from "./scene.js";

export function rehearsal(scene: () => Scene, chief: () => Page): void {
  test("演练：不足两台考试机时说明怎么办", async () => {
    await menu(chief(), "演练");
    await expect(chief().getByText("至少配对 2 台考试机才能演练")).toBeVisible();
    await expect(chief().getByRole("button", { name: "开始演练" })).toBeDisabled();
    await accessible(chief());
    await shot(chief(), "rehearsal-unpaired");
  });

  test("演练：开始，各步有说明和实测；中止须写原因，报告留下结论", async () => {
    const page = chief();
    await menu(page, "考试机");
    await page.getByRole("button", { name: /全部座位.*配对码/ }).click();
    const code = (await page.locator("output").innerText()).replace(/\D/g, "");
    for (const seat of ["001", "002"]) {
      const machine = await scene().machine(`rehearsal-${seat}`);
      await machine.getByLabel("配对码", { exact: true }).fill(code);
      await machine.getByLabel("座位号", { exact: true }).fill(seat);
      await machine.getByRole("button", { name: "配对", exact: true }).click();
      await expect(machine.getByRole("heading", { name: "考生登录" })).toBeVisible();
    }
    await menu(page, "演练");
    await page.getByRole("spinbutton", { name: "参加的考试机" }).fill("1");
    await page.getByRole("button", { name: "开始演练" }).click();
    await agree(page);
    await expect(page.getByRole("heading", { name: "【演练】断网演练" })).toBeVisible();
    await expect(page.getByText("○ 待完成").first()).toBeVisible();
    await accessible(page);
    await fits(page);
    await shot(page, "rehearsal-steps");

    await page.getByRole("button", { name: "中止演练" }).click();
    await because(page, "浏览器测试到此为止");
    await expect(page.getByText(/浏览器测试到此为止/)).toBeVisible();
    await expect(page.getByText(/中止/).first()).toBeVisible();
    await accessible(page);
    await shot(page, "rehearsal-report");
    await menu(page, "演练");
    await expect(page.getByRole("table").getByText(/中止/).first()).toBeVisible();
  });
}
