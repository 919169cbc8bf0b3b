// A citizen with a telephone: from the city's platform to a form, by touch or by
// keyboard alone.
import { type BrowserContext, expect, type Page } from "@playwright/test";
import type { Scene } from "./scene.js";
import type { Citizen } from "./stack.js";

export const telephone = { width: 390, height: 844 };

/** signOn chooses somebody at the platform. */
export async function signOn(scene: Scene, who: Citizen): Promise<{ page: Page; context: BrowserContext }> {
  const { page, context } = await scene.page(scene.stack.facts.portal, telephone);
  await page.locator("form.card").filter({ has: page.locator(`input[value="${who.user}"]`) }).getByRole("button", { name: "进入" }).click();
  await expect(page.getByText("换身份")).toBeVisible();
  return { page, context };
}

/** toMatter goes from the platform to what a matter asks for, or to another page that says so. */
export async function toMatter(page: Page, trade: string, name: string, heading = name): Promise<void> {
  const item = page.locator("form.item").filter({ hasText: name });
  if (!(await item.isVisible())) await page.locator("summary").filter({ hasText: trade + "（" }).click();
  await item.getByRole("button", { name: "前往办理" }).click();
  // whose account it is is asked once in a browser
  const mine = page.getByRole("button", { name: "是我本人，进入" });
  const there = page.getByRole("heading", { level: 1, name: heading });
  await expect(mine.or(there)).toBeVisible();
  if (await mine.isVisible()) await mine.click();
  await expect(there).toBeVisible();
}

/** begin starts an application, and waits for its form. */
export async function begin(page: Page): Promise<void> {
  await page.getByRole("button", { name: "开始申请" }).click();
  await expect(page.getByRole("tablist", { name: "申请表" })).toBeVisible();
}

export const tab = (page: Page, name: string): Promise<void> => page.getByRole("tab", { name: new RegExp(name) }).click();

/** picture is a JPEG too large for a portrait, as a telephone takes it: the pages make it fit. */
export async function picture(page: Page, name: string): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  return { name, mimeType: "image/jpeg", buffer: Buffer.concat([await page.screenshot({ type: "jpeg", quality: 90 }), Buffer.alloc(200 << 10)]) };
}

/** handIn uploads one material. */
export async function handIn(page: Page, code: string, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await page.locator(`#m-${code} input[type="file"]`).setInputFiles(file);
}

/** send promises and submits. */
export async function send(page: Page): Promise<void> {
  await page.getByRole("checkbox", { name: /本人承诺/ }).check();
  await page.getByRole("button", { name: "提交申请" }).click();
  await expect(page.locator(".now")).toContainText("待收件");
}

/** caseOf is the case that a page shows. */
export const caseOf = (page: Page): string => new URL(page.url()).pathname.split("/").pop() ?? "";

/** tabTo presses Tab until the focus lies on what the words say. */
export async function tabTo(page: Page, words: RegExp): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement as HTMLElement;
      return [e.closest("label")?.textContent, e.textContent, e.getAttribute("aria-label"), e.id && document.querySelector(`label[for="${e.id}"]`)?.textContent].join(" ");
    });
    if (words.test(at)) return;
  }
  throw new Error(`Tab never comes to ${String(words)}`);
}
