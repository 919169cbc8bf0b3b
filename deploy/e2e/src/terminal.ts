// What one does and sees at an exam machine.
import { expect, type Locator, type Page } from "@playwright/test";

export const saved = (page: Page): Locator => page.locator("[data-test=save].saved");
export const save = (page: Page): Locator => page.locator("[data-test=save]");
export const banner = (page: Page, text: string | RegExp): Locator => page.locator("[data-test=banner]").filter({ hasText: text });
export const cell = (page: Page, no: string): Locator => page.getByRole("navigation", { name: "答题卡" }).locator(`[data-no='${no}']`);
export const clock = (page: Page): Locator => page.locator("[data-test=clock]");

export async function seconds(page: Page): Promise<number> {
  await expect(clock(page)).toHaveText(/\d:\d\d/);
  return (await clock(page).innerText()).split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

export async function logIn(page: Page, admission: string, id: string): Promise<void> {
  await page.getByLabel("准考证号").fill(admission);
  await page.getByLabel("身份证号").fill(id);
  await page.getByRole("button", { name: "登录" }).click();
}

/** photograph takes the picture that is compared before the exam. */
export async function photograph(page: Page): Promise<void> {
  await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
  await page.getByRole("button", { name: "拍照核验" }).click();
}

export async function at(page: Page, no: string): Promise<void> {
  await expect(cell(page, no)).toHaveAttribute("aria-current", "true");
}

/** to goes to a question by its number. */
export async function to(page: Page, no: string): Promise<void> {
  await cell(page, no).click();
  await at(page, no);
}

/** answer takes an option of a question, the first unless told otherwise. */
export async function answer(page: Page, no: string, option = 0): Promise<void> {
  await to(page, no);
  const box = page.getByRole("radio").or(page.getByRole("checkbox")).nth(option);
  await box.click();
  await expect(box).toBeChecked();
  await expect(cell(page, no)).toHaveAccessibleName(/已答/);
}
