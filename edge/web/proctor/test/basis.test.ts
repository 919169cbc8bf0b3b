import { expect, test } from "vitest";
import { agree, contradiction, declines, differ, pictured } from "../src/candidate/basis";
import { compared, comparison } from "@kit/comparison";

test("each verdict has reasons of its own, and one of the other is not taken", () => {
  for (const u of agree) {
    expect(differ).not.toContain(u);
    expect(contradiction(u, true, "是本人")).toBe("");
    expect(contradiction(` ${u} `, false, "不是本人")).toContain("相反");
  }
  for (const u of differ) {
    expect(contradiction(u, false, "不是本人")).toBe("");
    expect(contradiction(u, true, "准予入场")).toContain("准予入场");
  }
  expect(contradiction(declines, false, "不准入场"), "declining is no reason to turn somebody away").not.toBe("");
  expect(contradiction("体貌与证件照片差别很大", true, "是本人"), "own words are the proctor's").toBe("");
});

test("where nothing was compared there is no engine, score or threshold", () => {
  expect(comparison({ engine: "none", score: 0, threshold: 0 })).toBe("没有比对");
  expect(comparison({ engine: "dnn", score: 0, threshold: 0.363 })).toBe("没有比对");
  expect(compared({ engine: "none", score: 0.5, threshold: 0.4 })).toBe(false);
  expect(comparison({ engine: "dnn", score: -0.0312, threshold: 0.363 })).toBe("相似度 -0.031 / 阈值 0.363 · 引擎 dnn");
  expect(comparison({ engine: "classic", score: 0.7, threshold: 0 }), "an engine without thresholds").toBe("相似度 0.700 · 引擎 classic");
});

test("a reason that rests on two pictures is one of them", () => {
  expect([...agree, ...differ].filter(pictured)).toEqual(["两张照片为同一人", "两张照片不是同一人"]);
});
