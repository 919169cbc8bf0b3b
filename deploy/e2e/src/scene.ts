// Who sits where: the browsers of the story. Centre staff have one each at the
// console, the chief one at the proctor's page; an exam machine is a browser
// profile of its own, and its camera shows the candidate.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, expect, type Locator, type Page } from "@playwright/test";
import { Stack } from "./stack.js";

const shots = join(dirname(fileURLToPath(import.meta.url)), "../shots");
let count = 0;

/** shot keeps what a page looks like, numbered in the order of the story. */
export async function shot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  count++;
  await page.screenshot({ path: join(shots, `${String(count).padStart(2, "0")}-${name}.png`) });
}

function flags(camera?: string): string[] {
  const list = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--lang=zh-CN", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
  ];
  if (process.getuid?.() === 0) list.push("--no-sandbox");
  if (camera) list.push(`--use-file-for-fake-video-capture=${camera}`);
  return list;
}

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";
const habits = { locale: "zh-CN", timezoneId: "Asia/Shanghai", permissions: ["camera"] };

export class Scene {
  /** What browsers complained about: scripts that failed. */
  readonly complaints: string[] = [];
  private machines: BrowserContext[] = [];
  private staff = new Map<string, Page>();

  private constructor(
    readonly stack: Stack,
    private readonly desk: Browser,
  ) {}

  /** open starts a system; the first of a run clears away the pictures of the last. */
  static async open(): Promise<Scene> {
    if (count === 0) rmSync(shots, { recursive: true, force: true });
    return new Scene(await Stack.start(), await chromium.launch({ executablePath: program, args: flags() }));
  }

  async close(): Promise<void> {
    for (const m of this.machines) await m.close();
    await this.desk.close();
    await this.stack.stop();
  }

  /** look keeps what every page shows, after a part has failed. */
  async look(name: string): Promise<void> {
    for (const c of this.desk.contexts()) for (const p of c.pages()) await shot(p, `failed-${name}`).catch(() => undefined);
  }

  /** page opens a page that nobody has signed in to. */
  async page(url: string, size: { width: number; height: number }): Promise<{ page: Page; context: BrowserContext }> {
    const context = await this.desk.newContext({ ...habits, viewport: size });
    return { page: await this.open(context, url), context };
  }

  /** machine switches an exam machine on, with the disk of its name; its camera shows a candidate. */
  async machine(name: string): Promise<Page> {
    const context = await chromium.launchPersistentContext(this.stack.folder(name), {
      ...habits, executablePath: program, args: flags(this.stack.facts.camera), viewport: { width: 1366, height: 768 },
    });
    this.machines.push(context);
    return this.open(context, this.stack.facts.edge + "/terminal/");
  }

  /** open opens a page in a browser, and hears its complaints. */
  async open(context: BrowserContext, url: string): Promise<Page> {
    const page = await context.newPage();
    page.on("pageerror", (e) => this.complaints.push(`${url}: ${String(e)}`));
    await page.goto(url);
    return page;
  }

  /** console is the page of somebody of the centre, signed in once. */
  async console(username: string, size = { width: 1440, height: 900 }): Promise<Page> {
    const open = this.staff.get(username);
    if (open) return open;
    const { page } = await this.page(this.stack.facts.console, size);
    await signIn(page, this.stack.login(username).username, this.stack.login(username).password);
    await expect(page.getByRole("navigation", { name: "主菜单" })).toBeVisible();
    this.staff.set(username, page);
    return page;
  }
}

/** fits says that nothing of a page lies beyond its right edge. */
export async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}

/** signIn fills the form of the console or of the proctor's page. */
export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.locator("#username").fill(username);
  await page.locator("#password").fill(password);
  await page.getByRole("button", { name: "登录", exact: true }).click();
}

/** menu goes to a page by the main menu. */
export async function menu(page: Page, title: string): Promise<void> {
  await page.getByRole("navigation", { name: "主菜单" }).getByRole("link", { name: title, exact: true }).click();
}

/** choose picks an option of a select. */
export async function choose(page: Page, label: string | RegExp, option: string | RegExp, within: Page | Locator = page): Promise<void> {
  const box = within.getByRole("combobox", { name: label, exact: true });
  const wanted = page.getByRole("option", { name: option }).filter({ visible: true }).first();
  await expect(async () => { // a press while the list before is still closing opens nothing; people press again
    if (!(await wanted.isVisible())) await box.click({ force: true }); // the words of the choice lie over it
    await expect(wanted).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 15_000 });
  await wanted.click();
}

/** because gives the reason that a box asks for. */
export async function because(page: Page, reason: string): Promise<void> {
  await page.getByRole("dialog").getByRole("textbox").fill(reason);
  await agree(page);
}

/** agree confirms what a box asks. */
export async function agree(page: Page, button = "确定"): Promise<void> {
  await page.getByRole("dialog").getByRole("button", { name: button, exact: true }).click();
}
