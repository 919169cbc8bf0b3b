import { describe, expect, it } from "vitest";
import { clock, remaining } from "../src/board/countdown";

describe("remaining", () => {
  it("counts on from what the server said while the candidate writes", () => {
    expect(remaining({ state: "作答中", remaining_ms: 60_000 }, 1000, 3500)).toBe(57_500);
  });

  it("stands still in every state in which the clock may not run", () => {
    for (const state of ["已暂停", "等待", "已登录", "断线", "异常", "已交卷", "未登录", "已入场未登录"])
      expect(remaining({ state, remaining_ms: 60_000 }, 0, 30_000)).toBe(60_000);
  });

  it("never shows less than nothing, nor more than was said", () => {
    expect(remaining({ state: "作答中", remaining_ms: 1000 }, 0, 5000)).toBe(0);
    expect(remaining({ state: "作答中", remaining_ms: 1000 }, 5000, 4000)).toBe(1000);
  });
});

describe("clock", () => {
  it.each([
    [0, "00:00"],
    [-5, "00:00"],
    [1, "00:01"],
    [59_000, "00:59"],
    [60_001, "01:01"],
    [3_600_000, "1:00:00"],
    [3_909_000, "1:05:09"],
  ])("%i ms is %s", (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});
