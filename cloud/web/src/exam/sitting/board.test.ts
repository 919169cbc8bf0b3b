import { expect, it } from "vitest";
import { contactOf, type Board } from "./board";
import { timeline } from "./timeline";

const says = (node: Partial<Board["node"]>): string => {
  const board = { node: { id: "n1", online: true, behind_ns: 0, ...node } } as Board;
  return contactOf(board, (at) => at ?? "从未", (ms) => `${ms} 毫秒`).tone;
};

it("believes a board only as far as the venue was heard", () => {
  expect(says({})).toBe("good");
  expect(says({ behind_ns: 60e9 })).toBe("warn");
  expect(says({ online: false })).toBe("bad");
  expect(says({ id: "" })).toBe("warn");
});

const receipt = (kind: string, ok: boolean, noted: string) => ({ kind, ok, noted, at: noted, ref: "", text: "", who: "", detail: {} });

it("takes a step to be as good as its last receipt", () => {
  const steps = timeline([receipt("preflight", true, "2"), receipt("preflight", false, "1"), receipt("received", false, "1"), receipt("suspended", false, "3"), receipt("requested", false, "1")]);
  const state = (kind: string): string | undefined => steps.find((s) => s.kind === kind)?.state;
  expect([state("preflight"), state("received"), state("released"), state("requested"), state("beside")]).toEqual(["done", "bad", "wait", "warn", "bad"]);
});
