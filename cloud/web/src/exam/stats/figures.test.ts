import { expect, test } from "vitest";
import { detailName, groupName, percent, share, within, type Group } from "./figures";

test("a share of nothing is no share", () => {
  expect(share(1, 3)).toBe(33.3);
  expect(share(0, 0)).toBeNull();
  expect(percent(share(0, 0))).toBe("—");
  expect(percent(share(2, 2))).toBe("100.0%");
});

test("a group covers its period, cut to what was asked for", () => {
  const from = "2026-02-10T00:00:00.000Z";
  const to = "2026-12-01T00:00:00.000Z";
  expect(within(from, to, "2026-03")).toEqual({ from: "2026-02-28T16:00:00.000Z", to: "2026-03-31T16:00:00.000Z" });
  expect(within(from, to, "2026-Q1")).toEqual({ from, to: "2026-03-31T16:00:00.000Z" });
  expect(within(from, to, "2026")).toEqual({ from, to });
  expect(within(from, to, "")).toEqual({ from, to });
});

test("groups are named by what they are grouped by", () => {
  expect(groupName({ venue_name: "浦东", period: "2026-11", category: "09002", subject: "" } as Group)).toBe("浦东 2026-11 巡游出租汽车驾驶员");
  expect(groupName({ venue_name: "", period: "", category: "", subject: "" } as Group)).toBe("合计");
});

test("what a person checked is told from what a machine compared", () => {
  expect(detailName("checks", "ENTRY pass hand")).toBe("入场：人工通过");
  expect(detailName("checks", "ENTRY manual")).toBe("入场：转人工");
  expect(detailName("failed", "655")).toBe("65.5 分");
  expect(detailName("failed", "V05")).toBe("V05 使用通讯设备或资料作弊");
});
