import { describe, expect, it } from "vitest";
import { levelOf } from "../src/app/link";
import type { Strip } from "../src/api";
import { sums } from "../src/closing/sums";

const good = { booked: 10, admitted: 8, absent_candidates: ["a", "b"], issued: 8, started: 7, unused: 1, submitted: 7 };
const wrong = (c: Partial<typeof good>): string[] => sums({ ...good, ...c }).filter((s) => !s.ok).map((s) => s.title);

describe("sums", () => {
  it("agree in a good sitting", () => {
    expect(wrong({})).toEqual([]);
  });

  it("name the one that does not agree", () => {
    expect(wrong({ booked: 11 })).toEqual(["报名＝入场＋缺考"]);
    expect(wrong({ submitted: 6 })).toEqual(["已开考＝已交卷"]);
    expect(wrong({ issued: 7 })).toEqual(["入场＝生成试卷", "生成试卷＝已开考＋未使用"]);
  });
});

describe("levelOf", () => {
  const strip = (level: string): Strip => ({
    connected: true, transport: "quic", last_ack_ms: 0, unacked: {}, total: 0, oldest_ms: 0, level, text: "", items: [], offset_ms: null,
  });

  it("is what the server says, while it says something", () => {
    expect(levelOf(strip("green"), 0)).toBe("green");
    expect(levelOf(strip("yellow"), 0)).toBe("yellow");
    expect(levelOf(strip("red"), 0)).toBe("red");
  });

  it("is red when the venue's own server is silent", () => {
    expect(levelOf(strip("green"), 1)).toBe("red");
  });
});
