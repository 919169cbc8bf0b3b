// The terminal's story in real browsers against a real venue: three machines,
// three candidates, cables pulled, the server restarted, a browser killed, a
// seat changed, time run out. Run with `npm run trial`; SHOTS names a folder for
// screenshots.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, machine, shot, startVenue, until } from "./browser.mjs";

const venue = await startVenue();
const profiles = mkdtempSync(join(tmpdir(), "huyun-terminal-"));
const open = [];

async function sit(seat, n, options = {}) {
  const dir = join(profiles, seat);
  const m = await machine(venue, { ...options, dir });
  open.push(m);
  const { page } = m;
  const { code } = await venue.do("code", { seat });
  await page.getByLabel("配对码", { exact: true }).fill(code);
  await page.keyboard.press("Enter");
  await logIn(page, n);
  return { ...m, dir };
}

async function logIn(page, n) {
  await page.getByLabel("准考证号").fill(`20261123000${n + 1}`);
  await page.getByLabel("身份证号").fill(`31010119900101${String(14 + n).padStart(4, "0")}`);
  await page.keyboard.press("Enter");
}

/** Identity, face, rules, by keyboard where it matters. */
async function ready(page, { face = true } = {}) {
  await page.getByRole("button", { name: "确认无误" }).click();
  if (face) {
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    await page.getByRole("button", { name: "拍照核验" }).click();
    await page.getByRole("button", { name: "下一步" }).click();
  } else {
    await page.getByText("请举手，由监考员核验").waitFor();
    await shot(page, "s-no-camera");
    await page.getByRole("button", { name: "先阅读考场规则" }).click();
  }
  await page.getByText("我已阅读并同意").click();
  await page.getByRole("button", { name: "我已阅读" }).click();
}

const saved = (page) => page.locator("[data-test=save].saved").waitFor();
const stored = async (n) => (await venue.do("answers", { n })).answers ?? {};
const seconds = async (page) => {
  const text = await page.locator("[data-test=clock]").innerText();
  return text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
};
const banner = (page, text) => page.locator("[data-test=banner]", { hasText: text }).waitFor();

async function seatToStart() {
  console.log("three candidates sit down");
  for (const n of [0, 1, 2]) await venue.do("admit", { n });
  const a = await sit("A01", 0);
  const b = await sit("A02", 1);
  const c = await sit("A03", 2, { camera: false });
  await ready(a.page);
  await ready(b.page);
  await ready(c.page, { face: false });
  for (const m of [a, b, c]) await m.page.getByText("请等待开考").waitFor();
  await venue.do("start");
  for (const m of [a, b, c]) await m.page.locator(".question").waitFor();
  expect(true, "all three are led through to the exam");
  return { a, b, c };
}

async function answering({ page }) {
  console.log("answering by keyboard");
  for (const key of ["t", "ArrowRight", "n", "ArrowRight", "1", "m", "ArrowRight"]) await page.keyboard.press(key);
  await saved(page);
  const got = await stored(0);
  expect(got["1"]?.choice[0] === "T" && got["2"]?.choice[0] === "F" && got["3"]?.choice[0] === "T", "what the dot calls saved is stored at the venue");
  await page.evaluate(() => {
    const real = Date.now;
    Date.now = () => real() + 86_400_000;
  });
  const left = await seconds(page);
  await page.waitForTimeout(3000);
  const later = left - (await seconds(page));
  expect(later >= 2 && later <= 4, "three seconds are three seconds");
  expect(left > 3500 && left <= 3600, "a date one day off changes nothing about the time left");
  const copied = await page.evaluate(() => !document.querySelector(".stem").dispatchEvent(new Event("copy", { bubbles: true, cancelable: true })));
  expect(copied, "copying is blocked");
}

async function cableOut({ page, context }) {
  console.log("the machine's cable is pulled");
  await context.setOffline(true);
  await page.locator("[data-no='5']").click();
  for (const key of ["t", "ArrowRight", "t", "f", "ArrowRight", "t"]) await page.keyboard.press(key);
  await banner(page, "考试机 ↔ 考场服务器 中断：作答已保存在本机");
  expect((await page.locator("[data-test=save]").innerText()).includes("待同步 3 题"), "three answers wait on the machine, and it says so");
  await shot(page, "s-offline");
  expect((await stored(0))["5"] === undefined, "the venue has none of them");
  await context.setOffline(false);
  await saved(page);
  const got = await stored(0);
  expect(got["5"]?.choice[0] === "T" && got["6"]?.choice[0] === "F" && got["7"]?.choice[0] === "T", "they arrive when the cable is back, the last choice counting");
  expect(got["6"]?.revision === 2, "revisions went on");
}

async function serverRestart({ page }) {
  console.log("the venue's server is away, and comes back after ten minutes");
  await venue.do("cut", { on: 1 });
  await page.locator("[data-no='8']").click();
  await page.keyboard.press("t");
  await banner(page, "1 题待同步");
  const before = await seconds(page);
  await page.reload();
  await page.locator(".cell.current[data-no='8']").waitFor();
  expect((await page.locator("[data-test=clock]").innerText()) === "待校准", "a reload with no server comes up, waits for the time, and does not stop the candidate");
  await shot(page, "s-reload-offline");
  await page.locator("[data-no='9']").click();
  await page.keyboard.press("f");
  await banner(page, "2 题待同步");
  await venue.do("restart");
  await venue.do("cut", { on: 0 });
  await saved(page);
  const got = await stored(0);
  expect(got["8"]?.choice[0] === "T" && got["9"]?.choice[0] === "F", "the answers given meanwhile arrive");
  await page.locator("[data-test=notice]", { hasText: "重启后恢复计时" }).waitFor();
  const after = await seconds(page);
  expect(Math.abs(after - before) < 40, `the outage costs no time (${before} s before, ${after} s after)`);
  await shot(page, "s-restarted");
}

async function reloadAndCrash(m) {
  console.log("the page is reloaded, the browser killed, with an answer on this machine only");
  await m.page.locator("[data-no='12']").click();
  await m.page.reload();
  await m.page.locator(".cell.current[data-no='12']").waitFor();
  expect((await m.page.locator(".cell.answered").count()) === 8, "a reload comes back to the same question with all answers");
  expect((await m.page.locator(".flag").count()) === 1, "and the flag");
  await m.context.setOffline(true);
  await m.page.keyboard.press("c");
  await banner(m.page, "1 题待同步");
  await m.context.close();
  const again = await machine(venue, { dir: m.dir });
  open.push(again);
  await again.page.locator(".cell.current[data-no='12']").waitFor();
  await saved(again.page);
  expect((await stored(0))["12"]?.choice.length === 1, "after the crash the answer is sent from the machine's disk, without a login");
  return { ...again, dir: m.dir };
}

async function silence({ page }) {
  console.log("the line goes silent: nothing is refused, nothing comes back");
  await venue.do("hang", { on: 1 });
  await page.locator("[data-no='13']").click();
  await page.keyboard.press("a");
  await banner(page, "1 题待同步");
  await venue.do("hang", { on: 0 });
  await saved(page);
  expect((await stored(0))["13"]?.choice.length === 1, "the answer arrives when the line speaks again");
}

async function secondTab({ page, context }) {
  console.log("the page is opened a second time");
  const other = await context.newPage();
  await other.goto(venue.url + "/terminal/");
  await page.getByText("考试页面已在另一个窗口打开").waitFor();
  await other.locator(".cell.current[data-no='13']").waitFor();
  await other.locator("[data-no='14']").click();
  await other.keyboard.press("d");
  await saved(other);
  await other.close();
  await page.getByRole("button", { name: "在此窗口继续" }).click();
  await page.locator(".cell.current[data-no='14']").waitFor();
  expect((await page.locator(".cell.answered").count()) === 11, "the one goes on, the other steps back, nothing is lost");
}

async function seatChange({ page, context }) {
  console.log("a candidate is moved while the old seat is cut off");
  await page.keyboard.press("t");
  await saved(page);
  await context.setOffline(true);
  await page.locator("[data-no='2']").click();
  await page.keyboard.press("t");
  await banner(page, "1 题待同步");
  await venue.do("move", { n: 1, to: "A04" });
  const d = await machine(venue, { dir: join(profiles, "A04") });
  open.push(d);
  const { code } = await venue.do("code", { seat: "A04" });
  await d.page.getByLabel("配对码", { exact: true }).fill(code);
  await d.page.keyboard.press("Enter");
  await logIn(d.page, 1);
  await d.page.locator(".question").waitFor();
  expect((await d.page.locator(".cell.answered").count()) === 1, "the new seat has what was saved");
  await d.page.locator("[data-no='2']").click();
  await d.page.keyboard.press("f");
  await saved(d.page);
  await context.setOffline(false);
  await page.getByText("本机已不能作答").waitFor();
  await shot(page, "s-fenced");
  expect((await page.getByRole("alert").innerText()).includes("第 2 题"), "the old seat says which change was refused");
  const got = await stored(1);
  expect(got["2"]?.choice[0] === "F" && got["1"]?.choice[0] === "T", "the new seat's answers stand");
  await page.getByRole("button", { name: "返回登录页" }).click();
  await logIn(page, 1);
  await page.getByText("请举手联系监考员").waitFor();
  expect(true, "a login at the old seat is refused in words");
  return d;
}

async function pauseAndExtend({ page }) {
  console.log("pause, more time");
  await venue.do("pause");
  await page.locator("[data-test=pause]").waitFor();
  await shot(page, "s-paused");
  const stands = await page.locator("[role=dialog] p b").innerText();
  await page.waitForTimeout(2200);
  expect((await page.locator("[role=dialog] p b").innerText()) === stands, "the clock stands");
  await venue.do("resume");
  await page.locator("[role=dialog]").waitFor({ state: "detached" });
  await venue.do("extend");
  await page.locator("[data-test=notice]", { hasText: "已为您补时 5 分钟：更换键盘" }).waitFor();
  await until("five minutes more are on the clock", async () => (await seconds(page)) > 3600);
  await venue.do("center", { up: 0 });
  await banner(page, "考场服务器 ↔ 考试中心 中断：不影响作答");
  await venue.do("center", { up: 1 });
}

async function probe({ page }, n) {
  console.log("a check of the face in mid-exam");
  const before = (await venue.do("answers", { n })).attempt.randoms ?? 0;
  await venue.do("advance", { n: 33 * 60 });
  await until("the machine takes a picture when it is asked to", async () => ((await venue.do("answers", { n })).attempt.randoms ?? 0) > before, 30_000);
  await page.locator(".question").waitFor();
}

async function handInOffline({ page, context }) {
  console.log("hand-in while the venue's server cannot be reached");
  await context.setOffline(true);
  await page.keyboard.press("Control+Enter");
  await page.getByText("未答题目").waitFor();
  await shot(page, "s-handin");
  await page.getByRole("button", { name: "我要交卷" }).click();
  await page.getByRole("button", { name: "确定交卷" }).click();
  await page.getByText("暂时联系不上考场服务器，作答已保存在本机").waitFor();
  await shot(page, "s-handin-offline");
  await context.setOffline(false);
  await page.getByRole("heading", { name: "已交卷" }).waitFor();
  await shot(page, "s-done");
  expect((await venue.do("answers", { n: 0 })).attempt.handin.how === "candidate", "handed in once the server is there");
}

async function timeUp({ page }, { page: cutPage, context: cutContext }) {
  console.log("time runs out, with one machine cut off");
  await cutContext.setOffline(true);
  await cutPage.locator("[data-no='9']").click();
  await cutPage.keyboard.press("t");
  await banner(cutPage, "1 题待同步");
  await venue.do("advance", { n: 22 * 60 });
  await page.locator("[data-test=warning]", { hasText: "10 分钟" }).waitFor({ timeout: 20_000 });
  await shot(page, "s-warning");
  await venue.do("advance", { n: 20 * 60 });
  await page.getByRole("heading", { name: "时间到，系统已自动交卷" }).waitFor({ timeout: 20_000 });
  await shot(page, "s-time-up");
  expect((await venue.do("answers", { n: 2 })).attempt.handin.how === "time", "the venue handed in for the machine that is cut off too");
  await cutContext.setOffline(false);
  await cutPage.getByRole("heading", { name: "时间到，系统已自动交卷" }).waitFor({ timeout: 20_000 });
  expect((await cutPage.getByRole("alert").innerText()).includes("第 9 题"), "what came too late is refused, and shown");
  await shot(cutPage, "s-late");
}

let failed = false;
try {
  const { a, b, c } = await seatToStart();
  await answering(a);
  await cableOut(a);
  await serverRestart(a);
  const a2 = await reloadAndCrash(a);
  await silence(a2);
  await secondTab(a2);
  const d = await seatChange(b);
  await pauseAndExtend(a2);
  await probe(a2, 0);
  await handInOffline(a2);
  await timeUp(d, c);
  for (const m of open) expect(m.problems.length === 0, "no error on the console " + m.problems.join(" "));
  console.log("trial: PASS");
} catch (e) {
  failed = true;
  console.error(e);
  for (const [i, m] of open.entries()) await shot(m.page, "failed-" + i).catch(() => undefined);
  console.log("trial: FAIL");
} finally {
  for (const m of open) await m.context.close().catch(() => undefined);
  await venue.quit();
  rmSync(profiles, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
