// A venue without a network: its sealed packet goes to the centre on a stick, and
// the return packet comes back the same way.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { accessible } from "./axe.js";
import { menu, type Scene, shot } from "./scene.js";

export function packet(scene: () => Scene, chief: () => Page): void {
  test("断网考场：密封包送中心，回执包带回监考台；损坏的说损坏，再次导入不重复", async () => {
    await scene().stack.do("cut");
    const venue = chief();
    await venue.getByRole("region", { name: "同步状态" }).getByRole("button", { name: /详情|怎么办/ }).click();
    const up = scene().stack.folder("venue.pack");
    const exported = venue.waitForEvent("download");
    await venue.getByRole("button", { name: /导出未上传的记录/ }).click();
    await (await exported).saveAs(up);

    const centre = await scene().console("zhang.kaowu");
    await menu(centre, "边缘设备");
    await centre.getByRole("button", { name: "导入密封包" }).click();
    await centre.locator("#packet").setInputFiles(up);
    await centre.getByRole("button", { name: "开始导入" }).click();
    await expect(centre.getByText(/本次补上 \d+ 条/)).toBeVisible();
    const down = scene().stack.folder("centre.return");
    const fetched = centre.waitForEvent("download");
    await centre.getByRole("dialog").getByRole("button", { name: "下载回执包" }).click();
    await (await fetched).saveAs(down);

    const bring = async (file: string): Promise<void> => venue.getByLabel("回执包文件").setInputFiles(file);
    const raw = readFileSync(down);
    raw[9]! ^= 1; // the first letter of the device's name
    const damaged = scene().stack.folder("damaged.return");
    writeFileSync(damaged, raw);
    await bring(damaged);
    await expect(venue.getByText(/回执包的文件头已损坏/)).toBeVisible();
    await bring(down);
    await expect(venue.getByText(/已导入：新确认 [1-9]\d* 条记录/)).toBeVisible();
    await accessible(venue);
    await shot(venue, "return-packet");
    await bring(down);
    await expect(venue.getByText("没有重复处理")).toBeVisible();
    await scene().stack.do("heal");
  });
}
