// Workbooks that come back from an import.
import { readFile } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";
import { expect, type Page } from "@playwright/test";

/** textOf is all that stands in a workbook, markup and all. */
function textOf(zip: Buffer): string {
  let text = "";
  // The central directory: each entry names a file, its sizes and where it begins.
  for (let at = zip.indexOf("PK\x01\x02"); at >= 0; at = zip.indexOf("PK\x01\x02", at + 46)) {
    const [method, packed, start] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    const name = zip.toString("utf8", at + 46, at + 46 + zip.readUInt16LE(at + 28));
    const body = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
    const raw = zip.subarray(body, body + packed);
    if (name.endsWith(".xml")) text += (method === 0 ? raw : inflateRawSync(raw)).toString("utf8");
  }
  return text;
}

/** returned downloads the annotated workbook and gives its text and where it lies. */
export async function returned(page: Page): Promise<{ path: string; text: string }> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "下载错误工作簿" }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
  const path = await file.path();
  return { path, text: textOf(await readFile(path)) };
}
