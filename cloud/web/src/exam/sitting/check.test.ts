import { expect, it } from "vitest";
import { stageOf, stages } from "../../words";
import { outcome } from "./check";
import { timeline } from "./timeline";

const check = (code: string, ok: boolean) => ({ code, ok, name: "", detail: "" });

it("shows a package that cannot be there yet as waited for", () => {
  const asked = { state: "PENDING" as const, decided_name: "" };
  expect(outcome(check("pack", false), asked)).toBe("wait");
  expect(outcome(check("pack", true), asked)).toBe("good");
  expect(outcome(check("disk", false), asked)).toBe("bad");
  expect(outcome(check("pack", false), { state: "RETURNED" as const, decided_name: "李审核" })).toBe("wait");
  expect(outcome(check("pack", false), { state: "RETURNED" as const, decided_name: "" })).toBe("bad");
});

it("says of a package that it has arrived", () => {
  expect(stages[stageOf({ state: "DISPATCHED", pack_received: false })]?.text).toBe("考题包下发中");
  expect(stages[stageOf({ state: "DISPATCHED", pack_received: true })]?.text).toBe("考题包已收到");
  expect(stageOf({ state: "RUNNING", pack_received: true })).toBe("RUNNING");
});

it("does not call a self-check failed that ran before the package was sent", () => {
  const receipt = (kind: string, ok: boolean, noted: string) => ({ kind, ok, noted, at: noted, ref: "", text: "", who: "", detail: {} });
  const state = (...r: ReturnType<typeof receipt>[]): string | undefined => timeline(r).find((s) => s.kind === "preflight")?.state;
  expect(state(receipt("preflight", false, "1"))).toBe("warn");
  expect(state(receipt("preflight", false, "1"), receipt("manifest", true, "2"))).toBe("warn");
  expect(state(receipt("manifest", true, "2"), receipt("preflight", false, "3"))).toBe("bad");
});
