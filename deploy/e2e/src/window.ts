// The licensing office: a matter of each family from the window to the delivery,
// by a clerk, a reviewer and an approver, one act at a time and for many at once.
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { act, preview, settle, state, take } from "./counter.js";
import { families, type Matter } from "./families.js";
import { agree, choose, fits, menu, type Scene, shot } from "./scene.js";
import type { Citizen } from "./stack.js";

const desktop = { width: 1366, height: 768 };

export function office(scene: () => Scene, citizen: (category: string) => Citizen): void {
  const at: (Matter & { no: string; path: string })[] = [];
  const desk = (): Promise<Page> => scene().console("qian.chuangkou", desktop);
  const reviewer = (): Promise<Page> => scene().console("wu.shencha", desktop);
  const boss = (): Promise<Page> => scene().console("zheng.shenpi", desktop);
  const show = async (page: Page, path: string): Promise<Page> => {
    await page.goto(new URL(path, scene().stack.facts.console).href);
    await expect(state(page)).toBeVisible();
    return page;
  };

  for (const m of families) {
    test(`窗口：${m.code} 收件、受理`, async () => {
      const page = await desk();
      await take(page, m, citizen(m.who));
      if (at.length === 0) {
        await accessible(page);
        await fits(page);
        await preview(page, "受理");
      }
      await act(page, "受理", "已受理");
      const path = new URL(page.url()).pathname.split("/").slice(0, 3).join("/");
      const no = /统一审批编码\s*(\d+)/.exec(await page.locator(".head").innerText())?.[1] ?? "";
      expect(no).not.toBe("");
      at.push({ ...m, no, path });
    });
  }

  test("审查：从队列领取，核查后写明意见", async () => {
    test.slow(); // ten cases
    const page = await reviewer();
    for (const [i, one] of at.entries()) {
      if (i === 0) {
        await menu(page, "办件");
        await page.getByRole("navigation", { name: "办理环节" }).getByRole("link", { name: /^审查/ }).click();
        await page.getByRole("link", { name: one.no }).click();
      } else {
        await show(page, one.path);
      }
      await page.getByRole("button", { name: "领取审查" }).click();
      await expect(state(page)).toContainText("审查");
      await settle(page);
      if (i === 0) {
        await accessible(page);
        await shot(page, "window-checks");
      }
      await act(page, "审查通过", "审批", "材料齐全，符合条件");
    }
  });

  test("审批：预览决定书后准予", async () => {
    const page = await boss();
    for (const [i, one] of at.entries()) {
      const word = one.exam ? "准予报名" : "准予许可";
      await show(page, one.path);
      if (i === 0) await preview(page, word);
      await act(page, word, word);
    }
  });

  test("考试报名：登记缴款，编入场次，发放准考证", async () => {
    const page = await desk();
    const one = at.find((m) => m.exam)!;
    await show(page, one.path);
    const card = page.getByRole("region", { name: "考试报名" });
    await expect(card).toContainText("应缴 70.00 元");
    await card.getByRole("button", { name: "登记缴款" }).click();
    const box = page.getByRole("dialog", { name: "登记缴款" });
    await box.getByLabel("缴款书号码").fill("JK20260001");
    await box.getByLabel("缴款金额（元）").fill("70");
    await box.getByRole("button", { name: "登记缴款" }).click();
    await expect(card).toContainText("✔ 已缴 70.00 元，缴款书 JK20260001");

    const planner = await scene().console("zhang.kaowu", desktop);
    await menu(planner, "考试报名");
    await planner.getByRole("row").filter({ hasText: one.no }).locator(".el-checkbox").click();
    await planner.getByRole("button", { name: "编入场次（1 人）" }).click();
    const into = planner.getByRole("dialog", { name: "编入场次：1 人" });
    await choose(planner, /场次$/, /理论/, into);
    await accessible(planner);
    await into.getByRole("button", { name: "编入场次" }).click();
    await expect(into).toContainText("已编入 1 人");
    await into.getByRole("button", { name: "知道了" }).click();

    await show(page, one.path);
    await expect(card).toContainText(/准考证号 \d+/);
    await accessible(page);
    await fits(page);
    await shot(page, "window-exam");
    await act(page, "发放准考证", "送达");
  });

  test("制证：一起办，再逐件送达，办成什么写在本人档案里", async () => {
    test.slow(); // ten cases
    const page = await desk();
    for (const [step, picked] of [["开始制证", at.filter((m) => m.makes)], ["制证完成", at.filter((m) => !m.exam)]] as const) {
      await show(page, "/cases/certify");
      for (const one of picked) await page.getByRole("row").filter({ hasText: one.no }).locator(".el-checkbox").click();
      const bar = page.getByRole("group", { name: "批量办理" });
      await expect(bar).toContainText(`已选 ${picked.length} 件`);
      await bar.getByRole("button", { name: step }).click();
      await expect(bar).toBeHidden();
      for (const one of picked) await expect(page.getByRole("row").filter({ hasText: one.no })).toContainText(step === "开始制证" ? "制证" : "送达");
    }
    await shot(page, "window-batch-act");
    for (const [i, one] of at.entries()) {
      await show(page, one.path);
      await act(page, one.exam ? "送达准考证" : "送达", one.exam ? "报名完成" : "办结", "当面签收");
      if (i === 0) {
        await page.getByRole("link", { name: "法律文书" }).last().click();
        for (const letter of ["受理通知书", "准予行政许可决定书", "送达回证"]) await expect(page.getByRole("row").filter({ hasText: letter })).toContainText("有效");
        await fits(page);
        await shot(page, "window-letters");
      }
      await page.locator(".head").getByRole("link").first().click();
      await page.getByRole("navigation", { name: "档案内容" }).getByRole("link", { name: one.file.tab }).click();
      for (const words of one.file.rows) {
        const row = words.reduce((rows, w) => rows.filter({ hasText: w }), page.getByRole("row"));
        await expect(row.first(), `${one.code}: ${words.join(" ")}`).toBeVisible();
      }
      await shot(page, "window-file-" + one.code);
    }
  });

  test("加强审核：延期由审批人批准，同一人不能审两次", async () => {
    const { case: id } = await scene().stack.do(`strict application:${citizen("03001").user}`);
    const clerk = await show(await desk(), `/case/${id}`);
    await act(clerk, "收件", "收件审核");
    await act(clerk, "受理", "已受理");
    await expect(clerk.getByText("加强审核：须由两人审查")).toBeVisible();

    const first = await show(await reviewer(), `/case/${id}`);
    await first.getByRole("button", { name: "领取审查" }).click();
    await settle(first);
    const approver = await boss();
    await menu(approver, "办件");
    await approver.getByRole("navigation", { name: "办理环节" }).getByRole("link", { name: /待批延期/ }).click();
    await expect(approver.getByRole("row").filter({ hasText: "换证" })).toBeVisible();
    await show(approver, `/case/${id}`);
    await approver.getByRole("button", { name: "延长期限", exact: true }).click();
    await expect(approver.getByRole("dialog", { name: "延长期限" }).getByRole("textbox")).toHaveValue(/加强审核/);
    await shot(approver, "window-extension");
    await approver.getByRole("dialog", { name: "延长期限" }).getByRole("button", { name: "延长期限", exact: true }).click();
    await expect(approver.getByText("待审批人批准")).toBeHidden();
    await approver.getByRole("link", { name: "法律文书" }).last().click();
    await expect(approver.getByRole("row").filter({ hasText: "延期通知书" })).toBeVisible();

    // one proposes a refusal, the other passes: it cannot be granted, and is sent back
    await show(first, `/case/${id}`);
    await act(first, "拟不予许可", "审查", "处罚是否履行还没有查清");
    const second = await show(await scene().console("feng.shencha", desktop), `/case/${id}`);
    await second.getByRole("button", { name: "领取审查" }).click();
    await act(second, "审查通过", "审批", "复核属实，同意");
    await show(approver, "/cases/approve");
    await expect(approver.getByRole("row").filter({ hasText: "拟不予许可" })).toHaveCount(1);
    await show(approver, `/case/${id}`);
    await expect(approver.getByRole("alert").filter({ hasText: "审查人拟不予许可" })).toContainText("处罚是否履行还没有查清");
    await expect(approver.getByRole("button", { name: "准予许可", exact: true })).toHaveCount(0);
    await accessible(approver);
    await shot(approver, "window-proposed-refusal");
    await act(approver, "退回审查", "审查", "请查清后重新提出意见");

    await show(first, `/case/${id}`);
    await act(first, "审查通过", "审查", "已核实，材料属实");
    await first.getByRole("button", { name: "领取审查" }).click();
    await expect(first.locator(".el-message--error")).toContainText(/两人|第二|同一/);
    await shot(first, "window-conflict");
    await show(second, `/case/${id}`);
    await second.getByRole("button", { name: "领取审查" }).click();
    await act(second, "审查通过", "审批", "复核属实，同意");
    await show(approver, `/case/${id}`);
    await act(approver, "准予许可", "准予许可");
  });

  test("企业批量：有错的行退回说明，改好后建立批次、提交、受理", async () => {
    const page = await desk();
    await menu(page, "企业批量");
    await page.getByRole("button", { name: "上传名册" }).click();
    const form = page.getByRole("dialog", { name: "上传企业名册" });
    await form.getByLabel("企业名称").fill("上海演示公共交通有限公司");
    await form.getByLabel("统一社会信用代码").fill("91310000DEMA0003X5");
    await form.getByLabel("企业地址").fill("上海市浦东新区演示路 88 号");
    await form.getByLabel("经办人姓名").fill("陈经办");
    await form.getByLabel(/手机/).fill("19904300001");
    const books = scene().stack.folder("企业名册");
    await form.locator("#pictures").setInputFiles(books + "-files.zip");
    await form.locator("#roster").setInputFiles(books + "-bad.xlsx");
    await form.getByRole("button", { name: "上传", exact: true }).click();
    await expect(form.getByText("1 行有错误，没有收取")).toBeVisible();
    await expect(form.getByText(/第 3 行/)).toBeVisible();
    await shot(page, "window-roster");
    await form.locator("#roster").setInputFiles(books + "-good.xlsx");
    await form.getByRole("button", { name: "上传", exact: true }).click();
    await expect(form.getByText("1 人已在办理，没有重复收取")).toBeVisible();
    await form.getByRole("button", { name: "打开批次" }).click();
    await expect(page.getByRole("heading", { name: /企业批次/ })).toBeVisible();
    await page.getByRole("button", { name: "提交材料齐全的（1）" }).click();
    await agree(page);
    await expect(page.getByText(/提交材料齐全的：办成 1 件/)).toBeVisible();
    const receive = page.getByRole("button", { name: /批量收件（1）/ });
    if (await receive.isVisible()) {
      await receive.click();
      await agree(page);
    }
    await page.getByRole("button", { name: "批量受理（1）" }).click();
    await agree(page);
    await expect(page.getByText(/批量受理：办成 1 件/)).toBeVisible();
    await expect(page.getByRole("row").filter({ hasText: "调度员" })).toContainText("已受理");
    await accessible(page);
    await fits(page);
    await shot(page, "window-company");
  });
}
