import { describe, expect, it } from "vitest";
import { steps, type StepState } from "../src/sitting/steps";

type Facts = Parameters<typeof steps>[0];
const fresh: Facts = {
  state: "assigned", reason: "", condition: "", suspended: false,
  pack: { announced: false, codes: 0, received: false, failure: "", size: 0, version: 0 },
  asked: { at: null, checks: [] },
  preflight: { at: null, green: false, checks: [], life_minutes: 120, stale: false },
};
const states = (f: Partial<Facts>): Record<string, StepState> =>
  Object.fromEntries(steps({ ...fresh, ...f }).map((s) => [s.key, s.state]));

const pack = { announced: true, codes: 0, received: true, failure: "", size: 1, version: 1 };
const green = { at: "2026-11-23T01:00:00Z", green: true, checks: [], life_minutes: 120, stale: false };

describe("steps", () => {
  it("begins with the request", () => {
    expect(states({})).toMatchObject({ request: "now", review: "todo", pack: "todo", start: "todo", close: "todo" });
  });

  it("says that a returned request is in trouble", () => {
    expect(states({ state: "returned" })).toMatchObject({ request: "trouble", review: "todo" });
  });

  it("opens package, checks and door together after the approval", () => {
    expect(states({ state: "approved" })).toMatchObject({ review: "done", pack: "now", preflight: "now", release: "todo", door: "now" });
  });

  it("says what the centre has seen while the check proper is still to come", () => {
    const text = (asked: Facts["asked"]) => steps({ ...fresh, state: "requested", asked }).find((s) => s.key === "preflight")?.text;
    expect(text(fresh.asked)).toBe("尚未检查");
    expect(text({ at: "2026-11-23T01:00:00Z", checks: [{ code: "disk", name: "磁盘", ok: false, detail: "" }] })).toBe("申请时自检 1 项未通过");
    const waits = { code: "pack", name: "考题包", ok: false, detail: "考题包尚未收到" };
    expect(text({ at: "2026-11-23T01:00:00Z", checks: [waits] })).toBe("申请时自检通过，考题包等待下发");
  });

  it("waits for the release when package and checks are done", () => {
    expect(states({ state: "approved", pack, preflight: green })).toMatchObject({ pack: "done", preflight: "done", release: "now" });
  });

  it("has a preflight that is too old run again", () => {
    expect(states({ state: "approved", pack, preflight: { ...green, stale: true } })).toMatchObject({ preflight: "now" });
    expect(steps({ ...fresh, state: "approved", pack, preflight: green, release_from: "2099-01-01T00:00:00Z" }).find((s) => s.key === "release")?.text).toBe("中心 2099-01-01 08:00 起放行");
  });

  it("shows a failed package and red checks as trouble", () => {
    const failed = { ...pack, received: false, failure: "考题包下载中断" };
    const red = { ...green, green: false, checks: [{ code: "disk", name: "磁盘", ok: false, detail: "" }] };
    expect(states({ state: "approved", pack: failed, preflight: red })).toMatchObject({ pack: "trouble", preflight: "trouble" });
  });

  it("ends with everything done", () => {
    const all = states({ state: "closed", pack, preflight: green });
    expect(new Set(Object.values(all))).toEqual(new Set(["done"]));
  });

  it("has nothing due in a cancelled sitting", () => {
    expect(Object.values(states({ state: "cancelled" }))).not.toContain("now");
  });
});
