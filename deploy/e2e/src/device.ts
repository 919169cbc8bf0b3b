// A new device: the venue is made, one person asks for a code, another approves
// it, the device uses it once.
import { expect, test } from "@playwright/test";
import { accessible } from "./axe.js";
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
    await choose(asks, "分考场", new RegExp(venue), form);
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

  test("管理端：安排场次，登记岗前与复训考生，分别确认后才能下达", async () => {
    const page = await scene().console("zhang.kaowu");
    await menu(page, "场次");
    await page.getByRole("button", { name: "安排场次" }).click();
    const form = page.getByRole("dialog", { name: "安排场次" });
    await choose(page, "分考场", new RegExp(venue), form);
    await choose(page, "组卷规则", /巡游.*区域|区域科目/, form);
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await form.getByRole("combobox", { name: "开考时间" }).fill(`${day} 09:00`);
    await form.getByRole("combobox", { name: "开考时间" }).press("Enter");
    await form.getByRole("button", { name: "安排", exact: true }).click();
    await page.getByRole("link", { name: "考生", exact: true }).click();
    for (const [name, id, kind] of [["周岗前", "310104199003070114", "岗前"], ["吴复训", "310104199003070130", "继续教育（复训）"]] as const) {
      await page.getByRole("button", { name: "登记考生" }).click();
      const one = page.getByRole("dialog", { name: "登记考生" });
      await one.getByLabel("姓名").fill(name);
      await one.getByLabel("身份证号").fill(id);
      await one.getByText(kind, { exact: true }).click();
      await one.getByText(/已书面同意/).click();
      await one.getByRole("button", { name: "登记", exact: true }).click();
      await expect(one).toBeHidden();
    }
    const groups = page.getByRole("region", { name: "考生确认" });
    await expect(groups.getByText("尚未确认")).toHaveCount(2);
    await page.getByRole("button", { name: "排座并下达" }).click();
    await agree(page);
    await expect(page.getByText(/岗前 1 人、继续教育（复训） 1 人还没有确认/)).toBeVisible();
    await shot(page, "console-unconfirmed");
    for (const kind of ["岗前", "继续教育"]) {
      await groups.getByRole("button", { name: "核对并确认" }).first().click();
      const dialog = page.getByRole("dialog", { name: new RegExp(`确认${kind}`) });
      await expect(dialog.getByRole("button", { name: "确认", exact: true })).toBeDisabled();
      await dialog.getByRole("textbox").fill("报名表和证件原件已核对");
      await shot(page, "console-confirm");
      await dialog.getByRole("button", { name: "确认", exact: true }).click();
      await expect(dialog).toBeHidden();
    }
    await expect(groups.getByText(/✔ 张考务 .*确认：报名表和证件原件已核对/)).toHaveCount(2);
    await accessible(page);
    await page.getByRole("button", { name: "排座并下达" }).click();
    await agree(page);
    await expect(page.getByText("已排座并下达")).toBeVisible();
    await shot(page, "console-confirmed");
  });
}
