import { expect, test } from "vitest";
import { whose } from "./form";

test("a value is a platform's word only where the platform said it", () => {
  const online = { channel: "O", said: ["name", "driving_no"] };
  const window = { channel: "W", said: [] };
  expect(whose({ key: "name", kind: "name", source: "ACCOUNT" }, online)).toBe("来自申请人账户");
  expect(whose({ key: "driving_no", kind: "licence", source: "DRIVING" }, online)).toBe("来自驾驶证信息");
  expect(whose({ key: "driving_first", kind: "date", source: "DRIVING" }, online)).toBe("申请人填写");
  expect(whose({ key: "category", kind: "category", source: "LICENCE" }, online)).toBe("来自从业资格证库");
  expect(whose({ key: "name", kind: "name", source: "ACCOUNT" }, window)).toBe("来自身份证");
  expect(whose({ key: "mobile", kind: "phone", source: "ACCOUNT" }, window)).toBe("窗口登记");
  expect(whose({ key: "driving_no", kind: "licence", source: "DRIVING" }, window)).toBe("窗口登记");
});
