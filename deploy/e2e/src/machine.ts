// What an exam machine does by itself: keys, sizes, cases, a cable pulled, a
// second window, a browser that dies. None of it changes how many are answered.
import { expect, type Page, test } from "@playwright/test";
import { answer, at, banner, cell, clock, save, saved, seconds, to } from "./terminal.js";
import { because, type Scene, shot } from "./scene.js";
import { seats, toSitting, type Venue } from "./opening.js";

const large = { width: 1366, height: 768 };

export function machine(scene: () => Scene, venue: Venue): void {
  const first = (): Page => venue.machines[0]!;

  test("键盘：作答、改选、清除、标记；改动本机日期不影响剩余时间；不能复制", async () => {
    const page = first();
    await to(page, "3");
    for (const key of ["ArrowRight", "n"]) await page.keyboard.press(key);
    await expect(page.getByRole("radio", { name: /错误/ })).toBeChecked();
    await page.keyboard.press("t");
    await expect(page.getByRole("radio", { name: /正确/ })).toBeChecked();
    await page.keyboard.press("m");
    await expect(cell(page, "4")).toHaveAccessibleName(/已答.*已标记/);
    await page.keyboard.press("m");
    await page.keyboard.press("Delete");
    await expect(cell(page, "4")).toHaveAccessibleName("第 4 题，未答，当前题");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toContainText("Ctrl + Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowLeft");
    await at(page, "3");

    const left = await seconds(page);
    await page.evaluate(() => {
      const real = Date.now;
      Date.now = () => real() + 86_400_000;
    });
    await expect(clock(page)).not.toHaveText(await clock(page).innerText());
    expect(left - (await seconds(page))).toBeLessThan(20);
    const refused = await page.evaluate(() => !document.querySelector(".stem")!.dispatchEvent(new Event("copy", { bubbles: true, cancelable: true })));
    expect(refused).toBe(true);
  });

  test("案例题：材料与小题分屏，键盘放大，改排列，小题切换时材料不动", async () => {
    const page = first();
    await to(page, "26.1");
    const story = page.getByRole("region", { name: /^案例/ });
    const sub = page.getByRole("article");
    await expect(story).toBeVisible();
    for (const size of [{ width: 1280, height: 800 }, { width: 1024, height: 768 }]) {
      await page.setViewportSize(size);
      const [a, b] = [(await story.boundingBox())!, (await sub.boundingBox())!];
      expect(a.x + a.width).toBeLessThanOrEqual(b.x + 1); // side by side
      expect(b.x + b.width).toBeLessThanOrEqual(size.width);
      expect(Math.min(a.width, b.width)).toBeGreaterThan(300);
      await shot(page, `terminal-case-${size.width}`);
    }
    const text = await story.innerText();
    const size = (): Promise<number> => sub.locator(".stem").evaluate((e) => parseFloat(getComputedStyle(e).fontSize));
    const normal = await size();
    await page.keyboard.press("+");
    expect(await size()).toBeGreaterThan(normal);
    await page.keyboard.press("+");
    await shot(page, "terminal-case-1024-largest");
    await expect(page.locator("html")).toHaveJSProperty("scrollWidth", 1024);
    for (const key of ["-", "-", "ArrowRight"]) await page.keyboard.press(key);
    await at(page, "26.2");
    expect(await size()).toBe(normal);
    expect(await story.innerText()).toBe(text);
    await page.keyboard.press("1");
    await expect(cell(page, "26.2")).toHaveAccessibleName(/已答/);
    await page.keyboard.press("Delete");
    await page.getByRole("button", { name: "改为上下排列" }).click();
    const [a, b] = [(await story.boundingBox())!, (await sub.boundingBox())!];
    expect(a.y + a.height).toBeLessThanOrEqual(b.y + 1);
    await shot(page, "terminal-case-rows");
    await page.getByRole("button", { name: "改为左右排列" }).click();
    await page.setViewportSize(large);
    await expect(saved(page)).toBeVisible();
  });

  test("题图：放大到满屏，再放大，Esc 关闭", async () => {
    const page = first();
    const pictures = page.getByRole("button", { name: /^放大图片/ });
    
    await to(page, "26.1");
    test.skip((await pictures.count()) === 0, "the case that this candidate drew has no picture");
    await pictures.first().click();
    const box = page.getByRole("dialog");
    const wide = async (): Promise<number> => (await box.locator("img").boundingBox())!.width;
    await expect(box.locator("img")).toBeVisible();
    const before = await wide();
    await box.getByRole("button", { name: "放大" }).click();
    expect(await wide()).toBeGreaterThan(before * 1.3);
    await shot(page, "terminal-picture");
    await page.keyboard.press("Escape");
    await expect(box).toBeHidden();
  });

  test("拔掉考试机网线：横幅说出哪一段中断，改选留在本机，插回后自动送达", async () => {
    const page = first();
    await page.context().setOffline(true);
    await answer(page, "1", 1);
    await expect(banner(page, "考试机 ↔ 考场服务器 中断：作答已保存在本机，1 题待同步")).toBeVisible({ timeout: 30_000 });
    await expect(save(page)).toContainText("待同步 1 题");
    await shot(page, "terminal-cable-out");
    await toSitting(scene(), venue.chief, "监考");
    await expect(venue.chief.getByRole("button", { name: new RegExp(`^座位 ${seats[0]}，断线`) })).toBeVisible({ timeout: 30_000 });
    await page.context().setOffline(false);
    await expect(saved(page)).toBeVisible({ timeout: 30_000 });
    await expect(banner(page, "考试机 ↔ 考场服务器")).toBeHidden();
  });

  test("第二个窗口：一个继续，另一个退开", async () => {
    const page = first();
    const other = await scene().open(page.context(), scene().stack.facts.edge + "/terminal/");
    await expect(page.getByRole("heading", { name: "考试页面已在另一个窗口打开" })).toBeVisible();
    await expect(cell(other, "1")).toHaveAccessibleName(/已答，当前题/);
    await answer(other, "2", 1);
    await expect(saved(other)).toBeVisible();
    await other.close();
    await page.getByRole("button", { name: "在此窗口继续" }).click();
    await at(page, "2");
    await expect(page.getByRole("radio").nth(1)).toBeChecked();
  });

  test("考试机浏览器退出，带着没送达的作答：重开后不用登录，从磁盘送达", async () => {
    const page = first();
    await page.context().setOffline(true);
    await answer(page, "3", 1);
    await expect(banner(page, "1 题待同步")).toBeVisible({ timeout: 30_000 });
    await page.context().close();
    const again = await scene().machine(`machine-${seats[0]}`);
    venue.machines[0] = again;
    await at(again, "3");
    await expect(saved(again)).toBeVisible({ timeout: 30_000 });
    await expect(again.getByRole("radio").nth(1)).toBeChecked();
  });

  test("考场服务器没有回音：连接还在，什么也不回；恢复后送达", async () => {
    const page = first();
    await scene().stack.do("hold edge");
    await answer(page, "1", 0);
    await expect(banner(page, "1 题待同步")).toBeVisible({ timeout: 30_000 });
    await scene().stack.do("let edge");
    await expect(saved(page)).toBeVisible({ timeout: 30_000 });
  });

  test("全场暂停：考试机盖住试卷，时钟停住，恢复后继续", async () => {
    const [page, chief] = [first(), venue.chief];
    await toSitting(scene(), chief, "监考");
    await chief.getByRole("button", { name: "全场暂停" }).click();
    await because(chief, "空调故障");
    const dialog = page.getByRole("dialog", { name: "考试已暂停" });
    await expect(dialog).toBeVisible();
    const stands = await dialog.locator("b").innerText();
    await shot(page, "terminal-paused");
    await page.keyboard.press("2"); // keys do nothing meanwhile
    await expect(chief.getByRole("button", { name: new RegExp(`^座位 ${seats[0]}，已暂停`) })).toBeVisible();
    expect(await dialog.locator("b").innerText()).toBe(stands);
    await chief.getByRole("button", { name: "恢复全场" }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole("radio").first()).toBeChecked();
  });
}

