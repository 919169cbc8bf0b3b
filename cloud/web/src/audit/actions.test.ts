import { expect, test } from "vitest";
import { told } from "./actions";

test("a detail is told in words", () => {
  expect(told('{"sitting":"s","pictures":3,"reason":"复核","empty":""}')).toEqual([
    { name: "场次", value: "s" },
    { name: "照片数", value: "3" },
    { name: "原因", value: "复核" },
  ]);
  expect(told('{"filter":{"state":"VALID"},"by":["venue","month"],"action":"exam.bank.show"}')).toEqual([
    { name: "筛选", value: "状态 VALID" },
    { name: "分组", value: "venue、month" },
    { name: "动作", value: "查看试题" },
  ]);
  expect(told("not json")).toEqual([{ name: "内容", value: "not json" }]);
});
