// Applications online, on a telephone: one of each family, each with something
// different on the way.
import { expect, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { begin, caseOf, handIn, picture, send, signOn, tab, tabTo, toMatter } from "./citizen.js";
import { ahead } from "./families.js";
import { fits, menu, type Scene, shot } from "./scene.js";
import type { Citizen } from "./stack.js";

export function online(scene: () => Scene, citizen: (category: string) => Citizen): void {
  test("道路补证：关掉页面再回来，断网时填写，一个字不丢", async () => {
    const { page, context } = await signOn(scene(), citizen("02001"));
    await toMatter(page, "道路客货运输", "道路客货运输驾驶员从业资格证 补证");
    await expect(page.getByText("需要的材料")).toBeVisible();
    await accessible(page);
    await shot(page, "online-intro");
    await begin(page);
    await expect(page.getByText("来自申请人账户").first()).toBeVisible();
    await accessible(page);
    await tab(page, "业务信息");
    await page.getByRole("radio", { name: "遗失" }).check();
    await page.getByLabel("情况说明").fill("上周三在地铁二号线上遗失");
    await expect(page.getByText(/已保存 \d/)).toBeVisible();
    await page.close();

    const again = await scene().open(context, scene().stack.facts.portal + "mine");
    const mine = again.getByRole("link", { name: /补证/ });
    await expect(async () => { // the platform hears of a draft within a second or two; people look again
      if (!(await mine.isVisible())) await again.reload();
      await expect(mine).toBeVisible({ timeout: 1000 });
    }).toPass({ timeout: 15_000 });
    await mine.click();
    await again.getByRole("button", { name: "继续填写" }).click();
    await tab(again, "业务信息");
    const story = again.getByLabel("情况说明");
    await expect(story).toHaveValue("上周三在地铁二号线上遗失");

    await context.setOffline(true);
    await story.fill("上周三在地铁二号线上遗失，已向车站报失");
    await again.getByRole("radio", { name: "窗口领取" }).check();
    await expect(again.getByText("网络中断，内容先记在本页")).toBeVisible();
    await shot(again, "online-cut");
    await tab(again, "申请材料");
    await again.getByRole("checkbox", { name: /本人承诺/ }).check();
    await again.getByRole("button", { name: "提交申请" }).click();
    await expect(again.getByRole("alert").filter({ hasText: "还没有保存成功" })).toBeVisible();
    await context.setOffline(false);
    await expect(again.getByText(/已保存 \d/)).toBeVisible();
    await again.reload();
    await tab(again, "业务信息");
    await expect(story).toHaveValue("上周三在地铁二号线上遗失，已向车站报失");
    await expect(again.getByRole("radio", { name: "窗口领取" })).toBeChecked();

    await tab(again, "申请材料");
    await expect(again.getByText("还有 1 项需要补齐")).toBeVisible();
    await handIn(again, "M03", await picture(again, "身份证.jpg"));
    await expect(again.locator("#m-M03")).toContainText("身份证.jpg");
    await accessible(again);
    await fits(again);
    await shot(again, "online-materials");
    await send(again);
    await expect(again.getByText("申报提交确认单")).toBeVisible();
    await accessible(again);
    await shot(again, "online-submitted");
    await context.close();
  });

  test("危货变更：错的文件说明原因，对的收下；提交后撤回", async () => {
    const { page, context } = await signOn(scene(), citizen("03003"));
    await toMatter(page, "道路危险货物运输", "道路危险货物运输从业人员从业资格证 变更");
    await begin(page);
    await tab(page, "业务信息");
    await page.getByRole("radio", { name: "住址" }).check();
    await page.getByLabel("变更后住址").fill("上海市静安区南京西路 1 号");
    await page.getByLabel("变更发生日期").fill("2026-11-02");
    for (const r of await page.getByRole("radio", { name: "窗口领取" }).all()) await r.check();
    await tab(page, "申请材料");
    await handIn(page, "M21", { name: "证明.jpg", mimeType: "image/jpeg", buffer: Buffer.from("这不是一张照片") });
    await expect(page.locator("#m-M21").getByRole("alert")).toContainText("PDF、JPEG 或 PNG");
    await shot(page, "online-wrong-file");
    for (const code of ["M03", "M21"]) {
      await handIn(page, code, await picture(page, code + ".jpg"));
      await expect(page.locator("#m-" + code)).toContainText(code + ".jpg");
    }
    await expect(page.locator("#m-M21").getByRole("alert")).toBeHidden();
    await send(page);
    await page.getByRole("button", { name: "撤回申请" }).click();
    await page.getByLabel(/撤回原因/).fill("住址写错了，重新申请");
    await page.getByRole("button", { name: "确认撤回" }).click();
    await expect(page.locator(".now")).toContainText("撤回");
    await expect(page.getByText("住址写错了，重新申请")).toBeVisible();
    await expect(page.getByText("终止办理告知书")).toBeVisible();
    await shot(page, "online-withdrawn");
    await page.getByRole("link", { name: "从业资格网上申请" }).click();
    await expect(page.getByRole("link", { name: /变更.*撤回/ })).toBeVisible();
    await fits(page);
    await context.close();
  });

  test("巡游注销：只用键盘办到提交，再打开决定书", async () => {
    const { page, context } = await signOn(scene(), citizen("09002"));
    await toMatter(page, "巡游出租汽车", "巡游出租汽车驾驶员从业资格证 注销");
    const press = async (words: RegExp, key = "Enter"): Promise<void> => {
      await tabTo(page, words);
      await page.keyboard.press(key);
    };
    await press(/^.*开始申请/);
    await expect(page.getByRole("tablist")).toBeVisible();
    await press(/业务信息/);
    await press(/本人不再从业/, "Space");
    await expect(page.getByRole("radio", { name: "本人不再从业" })).toBeChecked();
    await expect(page.getByText(/已保存 \d/)).toBeVisible();
    await press(/下一步/);
    await tabTo(page, /居民身份证：拍照/);
    const chooser = page.waitForEvent("filechooser");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(await picture(page, "身份证.jpg"));
    await expect(page.locator("#m-M03")).toContainText("身份证.jpg");
    await press(/承诺领证时交回/);
    await expect(page.locator("#m-M08")).toContainText("承诺领取新证时交回原件");
    await press(/本人承诺/, "Space");
    await press(/^\s*提交申请/);
    await expect(page.locator(".now")).toContainText("待收件");
    await shot(page, "online-keyboard");

    await scene().stack.do(`walk:${caseOf(page)}:receive,accept,claim,pass-review,grant,certificate-done,deliver`);
    await page.reload();
    await expect(page.locator(".now")).toContainText("办结");
    const letter = page.getByRole("link", { name: /注销决定书/ });
    await expect(letter).toBeVisible();
    const pdf = await page.request.get(new URL((await letter.getAttribute("href"))!, page.url()).href);
    expect(pdf.headers()["content-type"]).toContain("pdf");
    expect((await pdf.body()).subarray(0, 4).toString()).toBe("%PDF");
    await accessible(page);
    await shot(page, "online-decided");
    await context.close();
  });

  test("网约车补证：补正告知看得见，逐项补齐后提交", async () => {
    const { page, context } = await signOn(scene(), citizen("09003"));
    await toMatter(page, "网络预约出租汽车", "网络预约出租汽车驾驶员证 补证");
    await begin(page);
    await tab(page, "业务信息");
    await page.getByRole("radio", { name: "毁损" }).check();
    await page.getByLabel("情况说明").fill("证件被水浸泡，字迹不清");
    await page.getByRole("radio", { name: "窗口领取" }).check();
    await tab(page, "申请材料");
    await handIn(page, "M03", await picture(page, "身份证.jpg"));
    await expect(page.locator("#m-M03")).toContainText("身份证.jpg");
    await send(page);
    await scene().stack.do(`walk:${caseOf(page)}:receive,require-correction`);
    await page.reload();
    const notice = page.getByRole("alert").filter({ hasText: "前补正以下内容" });
    await expect(notice).toContainText("不是白底");
    await expect(notice).toContainText("背面看不清");
    await expect(page.getByRole("tab", { name: "申请材料" })).toContainText("2");
    await accessible(page);
    await shot(page, "online-correction");
    for (const code of ["M05", "M03"]) {
      await handIn(page, code, await picture(page, `补正${code}.jpg`));
      await expect(page.locator("#m-" + code)).toContainText("已重新提交");
    }
    await page.getByRole("checkbox", { name: /本人承诺/ }).check();
    await page.getByRole("button", { name: "提交补正" }).click();
    await expect(page.locator(".now")).toContainText("收件审核");
    await expect(page.getByText("提交补正材料")).toBeVisible();
    await fits(page);
    await shot(page, "online-supplemented");
    await context.close();
  });

  test("巡游注册：填单位和合同，办结后准予决定看得见", async () => {
    const { page, context } = await signOn(scene(), citizen("09002"));
    await toMatter(page, "巡游出租汽车", "巡游出租汽车驾驶员从业资格 注册");
    await begin(page);
    await tab(page, "业务信息");
    for (const [label, value] of [["服务单位", "上海演示出租汽车有限公司"], ["统一社会信用代码", "91310000DEMA0002X4"], ["合同起始日期", ahead(-10)], ["合同截止日期", ahead(700)]] as const) {
      await page.getByLabel(label).fill(value);
    }
    await tab(page, "申请材料");
    await handIn(page, "M18", await picture(page, "合同.jpg"));
    await expect(page.locator("#m-M18")).toContainText("合同.jpg");
    await accessible(page);
    await send(page);
    await scene().stack.do(`walk:${caseOf(page)}:receive,accept,claim,pass-review,grant,make-certificate,certificate-done,deliver`);
    await page.reload();
    await expect(page.locator(".now")).toContainText("办结");
    await expect(page.getByRole("link", { name: /准予行政许可决定书/ })).toBeVisible();
    await expect(page.locator(".course")).toContainText("准予许可");
    await fits(page);
    await shot(page, "online-registered");
    await context.close();
  });

  test("考试报名：准予后看见要缴多少、怎样缴", async () => {
    const { page, context } = await signOn(scene(), citizen("NEW"));
    await toMatter(page, "综合服务", "从业资格考试报名缴费");
    await expect(page.getByText("理论考试 70 元")).toBeVisible();
    await begin(page);
    await tab(page, "业务信息");
    await page.getByRole("checkbox", { name: "城市公共汽电车驾驶员" }).check();
    await page.getByLabel("驾驶证号").fill("310115199001011234");
    await page.getByLabel("准驾车型").selectOption("A1");
    await page.getByLabel("初次领取驾驶证日期").fill("2015-05-06");
    await page.getByLabel("驾驶证有效期至").fill("2032-05-06");
    await page.getByRole("radio", { name: "理论", exact: true }).check();
    await page.getByRole("radio", { name: "同意", exact: true }).check();
    await tab(page, "申请材料");
    await send(page);
    await scene().stack.do(`walk:${caseOf(page)}:receive,accept,claim,pass-review,grant`);
    await page.reload();
    await expect(page.locator(".now")).toContainText("准予报名");
    const way = page.getByRole("region", { name: "缴费和考试" });
    await expect(way.getByText("应缴考试费")).toContainText("70");
    await expect(way.locator("[aria-current=step]")).toContainText("缴费");
    await accessible(page);
    await fits(page);
    await shot(page, "online-exam");
    await context.close();
  });

  test("预约：从一网通办进来选时间，窗口看得见，取消后名额空出", async () => {
    const who = citizen("NEW");
    const { page, context } = await signOn(scene(), who);
    await toMatter(page, "综合服务", "从业资格业务网上预约", "我的预约");
    await page.getByLabel("办理业务").selectOption("RT01");
    const free = page.locator("label.choice").first();
    const left = (await free.textContent()) ?? "";
    await free.getByRole("radio").check();
    await accessible(page);
    await page.getByRole("button", { name: "预约", exact: true }).click();
    await expect(page.getByRole("status")).toContainText("已预约");
    const number = /预约号 (\S+?)。/.exec(await page.getByRole("status").innerText())?.[1] ?? "";
    await fits(page);
    await shot(page, "online-booked");

    const desk = await scene().console("qian.chuangkou", { width: 1366, height: 768 });
    await menu(desk, "预约管理");
    await expect(desk.getByRole("row").filter({ hasText: number })).toContainText(who.name);
    await page.getByRole("button", { name: "取消预约" }).click();
    await expect(page.getByRole("status")).toContainText("已取消");
    await page.getByLabel("办理业务").selectOption("RT01");
    await expect(free).toHaveText(left);
    await context.close();
  });

  test("公交补证：企业从一网通办发送名册，材料齐全的一起提交", async () => {
    const firm = citizen("COMPANY");
    const { page, context } = await signOn(scene(), firm);
    await toMatter(page, "道路客货运输", "道路客货运输驾驶员从业资格证 补证", "须由个人办理");
    await page.getByRole("link", { name: "回企业首页" }).click();
    await expect(page.getByRole("heading", { name: firm.name })).toBeVisible();
    await page.getByLabel("经办人手机号").fill("19904300001");
    await page.getByLabel("企业地址").fill("上海市浦东新区演示路 88 号");
    const books = scene().stack.folder("企业名册-online");
    await page.getByLabel("名册（Excel）").setInputFiles(books + "-good.xlsx");
    await page.getByLabel(/照片和材料/).setInputFiles(books + "-files.zip");
    await page.getByRole("button", { name: "发送名册" }).click();
    await expect(page.getByRole("status")).toContainText("收下 2 人，对上 4 份照片和材料");
    await accessible(page);
    await page.getByRole("link", { name: /· 2 人/ }).click();
    await page.getByRole("button", { name: "提交材料齐全的（2）" }).click();
    await expect(page.getByRole("status")).toContainText("已提交 2 人");
    await expect(page.locator(".pill").filter({ hasText: "待收件" })).toHaveCount(2);
    await accessible(page);
    await fits(page);
    await shot(page, "online-company");
    await context.close();
  });
}
