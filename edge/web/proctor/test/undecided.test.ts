import { expect, test } from "vitest";
import type { Verification } from "../src/api";
import { undecided } from "../src/candidate/undecided";

const check = (id: string, stage: string, decision: string, by = "machine"): Verification =>
  ({ id, stage, decision, by, score: 0.1, threshold: 0.4, engine: "dnn", model: "", demo: false, faces: 1, text: "", at: "", sitting: "", candidate: "" }) as Verification;
const ids = (all: Verification[], attempt: Parameters<typeof undecided>[1]): (string | null)[] => undecided(all, attempt).map((v) => v?.id ?? null);

test("a check before the start waits for a person until one has decided", () => {
  expect(ids([], { state: "waiting" })).toEqual([null]);
  expect(ids([], { state: "waiting", no_face: true })).toEqual([]);
  expect(ids([check("a", "PRE", "manual")], { state: "waiting" })).toEqual(["a"]);
  expect(ids([check("a", "PRE", "manual")], { state: "handed" })).toEqual(["a"]);
  expect(ids([], { state: "handed" }), "asked for before the sitting is closed").toEqual([null]);
  expect(ids([check("a", "PRE", "fail"), check("b", "PRE", "manual")], { state: "waiting", blocked: true })).toEqual(["b"]);
  expect(ids([check("a", "PRE", "fail"), check("b", "PRE", "pass", "chen")], { state: "running", cleared: true })).toEqual([]);
  expect(ids([check("a", "PRE", "fail"), check("b", "PRE", "fail", "chen")], { state: "waiting", blocked: true }), "said no, may still say yes").toEqual(["b"]);
});

test("only the latest check during the exam waits", () => {
  const done = { state: "running", cleared: true };
  expect(ids([check("e", "ENTRY", "manual"), check("r", "RANDOM", "manual")], done)).toEqual(["r"]);
  expect(ids([check("r", "RANDOM", "manual"), check("s", "RANDOM", "pass")], done)).toEqual([]);
  expect(ids([check("r", "RANDOM", "fail"), check("s", "RANDOM", "fail", "chen")], done)).toEqual([]);
});
