import { expect, test } from "vitest";
import { idleText } from "./idle";

test("a seat says that there is no exam only when the server has said so", () => {
  expect(idleText(null, false)).toMatchObject({ bad: true });
  expect(idleText(null, false).text).toContain("连接不上考场服务器");
  expect(idleText(null, true).text).toContain("正在连接");
  expect(idleText({ title: "", subject: "" }, true).text).toContain("暂无考试安排");
  expect(idleText({ title: "", subject: "" }, false).bad, "it may have changed since").toBe(true);
  expect(idleText({ title: "公交", subject: "理论" }, false)).toEqual({ text: "公交 · 理论", bad: false });
});
