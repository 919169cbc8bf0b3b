import { describe, expect, it } from "vitest";
import { levelOf } from "../src/app/link";
import type { Strip } from "../src/api";
import { meets, sides, waiverOf, type Sum } from "../src/closing/sums";

const sum = (left: number, ...right: number[]): Sum => ({
  code: "booked", left: { name: "应考", n: left }, right: right.map((n, i) => ({ name: i === 0 ? "入场" : "缺考", n })),
  total: right.reduce((a, b) => a + b, 0), ok: right.reduce((a, b) => a + b, 0) === left,
});

describe("sums", () => {
  it("are true sentences when they meet", () => {
    expect(sides(sum(10, 8, 2))).toEqual({ left: "应考 10", right: "入场 8＋缺考 2＝10" });
    expect(sides(sum(7, 7))).toEqual({ left: "应考 7", right: "入场 7" });
    expect(meets(sum(10, 8, 2))).toBe("✔ 一致");
  });

  it("say by how much they do not", () => {
    expect(meets(sum(10, 8, 1))).toBe("✖ 不一致，差 1");
    expect(meets(sum(3, 4))).toBe("✖ 不一致，差 1");
  });

  it("each have a reason of their own", () => {
    const c = { waivers: [{ code: "acknowledged", fact: "", reason: "无网络" }] };
    expect(waiverOf(c, "acknowledged")).toBe("无网络");
    expect(waiverOf(c, "booked")).toBe("");
    expect(waiverOf({}, "booked")).toBe("");
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
