import { describe, expect, it } from "vitest";
import dayjs from "dayjs";
import custom from "dayjs/plugin/customParseFormat.js";
import { ago, bytes, calendarDay, date, minute, points, span, time, wallClock, wallMinute } from "./format";

describe("times are Shanghai's, wherever the browser is", () => {
  it("writes a moment", () => {
    expect(time("2026-01-31T16:00:05Z")).toBe("2026-02-01 00:00:05");
    expect(minute("2026-01-31T16:00:05Z")).toBe("2026-02-01 00:00");
    expect(date("2026-01-31T16:00:05Z")).toBe("2026-02-01");
  });
  it.each(["America/New_York", "Asia/Tokyo", "Asia/Shanghai"])("takes what is typed for Shanghai's, in %s", (zone) => {
    process.env.TZ = zone;
    dayjs.extend(custom);
    const typed = dayjs(new Date(2026, 11, 1, 9, 30, 0)); // as a picker has it
    expect(typed.format(wallClock)).toBe("2026-12-01T09:30:00+08:00");
    expect(minute(typed.format(wallMinute))).toBe("2026-12-01 09:30");
    expect(dayjs(typed.format(wallMinute), wallMinute).hour()).toBe(9);
    expect(calendarDay(new Date(2026, 11, 1))).toBe("2026-12-01");
  });
  it.each([null, undefined, "", "nonsense", "0001-01-01T00:00:00Z"])("writes a dash for %s", (at) => {
    expect(time(at)).toBe("—");
  });
});

it.each([
  [400, "不到 1 秒"],
  [59_000, "59 秒"],
  [61_000, "1 分 1 秒"],
  [7_260_000, "2 小时 1 分"],
  [259_200_000, "3 天 0 小时"],
])("a span of %d ms is %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});

it("says how long ago, and never that something will have been", () => {
  const now = Date.parse("2026-01-01T00:01:00Z");
  expect(ago("2026-01-01T00:00:00Z", now)).toBe("1 分 0 秒前");
  expect(ago("2026-01-01T00:02:00Z", now)).toBe("刚刚");
  expect(ago(null, now)).toBe("从未");
});

it("writes sizes and scores", () => {
  expect([bytes(512), bytes(1536), bytes(21474836480)]).toEqual(["512 B", "1.5 KB", "20 GB"]);
  expect([points(800), points(805), points(0)]).toEqual(["80", "80.5", "0"]);
});
