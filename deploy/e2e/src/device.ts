// A new device: the venue is made, one person asks for a code, another approves
// it, the device uses it once.
import { expect, test } from "@playwright/test";
import { agree, choose, menu, type Scene, shot } from "./scene.js";

const venue = "徐汇分考场";

export function device(scene: () => Scene): void {
  test("管理端：新增分考场", async () => {
    const page = await scene().console("zhang.kaowu");
    await menu(page, "分考场");
    await page.getByRole("button", { name: "新增分考场" }).click();
    const drawer = page.getByRole("dialog", { name: "新增分考场" });
    await drawer.getByLabel("代码").fill("102");
    await drawer.getByLabel("名称", { exact: true }).fill(venue);
    await choose(page, "所在区", "徐汇区");
    await drawer.getByLabel("地址").fill("演示路 2 号");
    await drawer.getByLabel(/座位号/).fill("01-30");
    await expect(drawer.getByText("共 30 座")).toBeVisible();
    await drawer.getByRole("button", { name: "保存" }).click();
    await expect(page.getByRole("row", { name: new RegExp(venue) })).toBeVisible();
  });

  test("管理端：一人申请注册码，另一人批准；新设备凭码注册一次，在看板上出现", async () => {
    const [asks, approves] = [await scene().console("sysadmin"), await scene().console("secadmin")];
    await menu(asks, "设备注册码");
    await asks.getByRole("button", { name: "申请注册码" }).click();
    const form = asks.getByRole("dialog", { name: "申请设备注册码" });
    await choose(asks, "分考场", new RegExp(venue));
    await form.getByRole("textbox", { name: "设备名称" }).fill("徐汇考场服务器");
    await form.getByRole("button", { name: "申请", exact: true }).click();
    const secret = asks.getByRole("dialog", { name: "一次性注册码" });
    const code = (await secret.locator("output").innerText()).trim();
    await shot(asks, "console-code");
    await secret.getByText("我已记下").click();
    await secret.getByRole("button", { name: "关闭" }).click();
    const mine = asks.getByRole("row", { name: /徐汇考场服务器/ });
    await expect(mine).toContainText("待批准");
    await expect(mine.getByRole("button", { name: "批准" })).toHaveCount(0);
    // Not yet: one person's word is not enough.
    await expect(scene().stack.do(`enrol:${code}`)).rejects.toThrow(/enrol/);

    await menu(approves, "设备注册码");
    await approves.getByRole("row", { name: /徐汇考场服务器/ }).getByRole("button", { name: "批准" }).click();
    await agree(approves);
    await expect(approves.getByRole("row", { name: /徐汇考场服务器/ })).toContainText("待使用");
    await scene().stack.do(`enrol:${code}`);

    await menu(asks, "边缘设备");
    const card = asks.getByRole("article").filter({ hasText: "徐汇考场服务器" });
    for (const fact of [venue, "正常", "在线"]) await expect(card).toContainText(fact, { timeout: 30_000 });
    await shot(asks, "console-new-device");
    await menu(asks, "设备注册码");
    await expect(mine).toContainText("已使用");
  });
}
