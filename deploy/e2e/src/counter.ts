// A clerk's hands at the window: an application is taken, what it issues is looked at,
// and it is moved on, one act at a time.
import { expect, type Locator, type Page } from "@playwright/test";
import { picture } from "./citizen.js";
import { type Matter } from "./families.js";
import { because, choose, menu, shot } from "./scene.js";
import type { Citizen } from "./stack.js";

export const state = (page: Page): Locator => page.getByRole("heading", { level: 1 });

/** act presses a button of a case, says what it wants, and waits for the new state. */
export async function act(page: Page, name: string, becomes: string, words?: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  const box = page.getByRole("dialog", { name });
  if (words) await box.getByRole("textbox").last().fill(words);
  await box.getByRole("button", { name, exact: true }).click();
  await expect(box).toBeHidden();
  await expect(state(page)).toContainText(becomes);
}

/** preview looks at the letter that an act would issue, and leaves the act alone. */
export async function preview(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  const box = page.getByRole("dialog", { name });
  const answer = page.waitForResponse(/previews/);
  const opened = page.context().waitForEvent("page");
  await box.getByRole("button", { name: "预览文书" }).click();
  expect((await answer).headers()["content-type"]).toContain("pdf");
  await (await opened).close();
  await shot(page, "window-preview");
  await box.getByRole("button", { name: "取消" }).click();
  await expect(box).toBeHidden();
}

/** say fills in a line of the form: chosen, a day, or typed. */
async function say(page: Page, label: string, value: string): Promise<void> {
  const name = new RegExp(`^\\*?\\s*${label}$`); // the star is part of it
  const box = page.getByLabel(name);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) {
    await box.fill(value);
    await box.press("Enter");
  } else if ((await box.getAttribute("role")) === "combobox") {
    await choose(page, name, value);
  } else {
    await box.fill(value);
  }
}

/** take registers an application at the window and submits it; the clerk has received it then. */
export async function take(page: Page, m: Matter, who: Citizen): Promise<void> {
  await menu(page, "办件");
  await page.getByRole("button", { name: "窗口收件" }).click();
  await expect(page.getByRole("heading", { name: "窗口收件" })).toBeVisible();
  await page.getByRole("textbox", { name: "身份证号" }).fill(who.id_number);
  await page.getByRole("textbox", { name: "姓名" }).fill(who.name);
  await page.getByRole("textbox", { name: "手机号" }).fill("13900001234");
  await page.getByRole("button", { name: "查找档案" }).click();
  await expect(m.category ? page.getByText("没有该人员的档案") : page.getByRole("link", { name: who.name })).toBeVisible();
  await choose(page, "办理事项", new RegExp("^" + m.code));
  if (m.category) await page.locator(".el-checkbox").filter({ hasText: m.category }).click();
  for (const line of m.says) {
    const [label = "", value = ""] = line.split("=");
    await say(page, label, value);
  }
  await page.getByRole("button", { name: "登记并提交材料" }).click();
  const material = (code: string): Locator => page.getByRole("row").filter({ hasText: code });
  for (const code of m.originals ?? []) {
    await material(code).getByRole("button", { name: "原件已核对" }).click();
    await expect(material(code)).toContainText("已提供");
  }
  for (const code of m.scans ?? []) {
    await page.locator("#m-" + code).setInputFiles(await picture(page, code + ".jpg"));
    await expect(material(code)).toContainText(code + ".jpg");
  }
  await act(page, "提交", "收件审核");
}

/** settle waits for the registers and confirms what they cannot tell. */
export async function settle(page: Page): Promise<void> {
  await page.getByRole("navigation", { name: "办件内容" }).getByRole("link", { name: "核查" }).click();
  await expect(page.getByText("正在核查")).toHaveCount(0);
  for (const one = page.getByRole("button", { name: "人工确认" }).first(); await one.isVisible(); ) {
    const left = await page.getByRole("button", { name: "人工确认" }).count();
    await one.click();
    await because(page, "已核对证明原件");
    await expect(page.getByRole("button", { name: "人工确认" })).toHaveCount(left - 1);
  }
}
