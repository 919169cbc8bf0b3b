import { expect, it } from "vitest";
import { faceOpen, screenOf, type Facts } from "./screen";

const waiting = { state: "waiting" as const, confirmed: true, consented: true, blocked: false, no_face: false, by_hand: false, over: false };
const base: Facts = { paired: true, session: true, fenced: false, status: waiting, face: "pass", paper: false };
const at = (more: Partial<Facts>): string => screenOf({ ...base, ...more });

it("leads a candidate through in order", () => {
  expect(at({ paired: false, session: false, status: null })).toBe("pair");
  expect(at({ session: false, status: null })).toBe("login");
  expect(at({ status: null })).toBe("loading");
  expect(at({ status: { ...waiting, confirmed: false, consented: false }, face: "todo" })).toBe("confirm");
  expect(at({ status: { ...waiting, consented: false }, face: "todo" })).toBe("face");
  expect(at({ status: { ...waiting, consented: false } })).toBe("rules");
  expect(at({})).toBe("wait");
  expect(at({ status: { ...waiting, state: "running" } })).toBe("loading");
  expect(at({ status: { ...waiting, state: "running" }, paper: true })).toBe("exam");
  expect(at({ status: { ...waiting, state: "handed" } })).toBe("done");
});

it("keeps a candidate at the check while a proctor has to look", () => {
  expect(at({ status: { ...waiting, blocked: true } })).toBe("face");
  expect(at({ status: { ...waiting, blocked: true }, face: "manual" })).toBe("face");
});

it("tells whoever has not begun that the sitting is over, wherever they were, and takes nothing from who has handed in", () => {
  expect(at({ status: { ...waiting, over: true } })).toBe("over");
  expect(at({ status: { ...waiting, confirmed: false, consented: false, over: true }, face: "todo" })).toBe("over");
  expect(at({ status: { ...waiting, blocked: true, over: true }, face: "todo" })).toBe("over");
  expect(at({ status: { ...waiting, state: "handed", over: true } })).toBe("done");
});

it("asks nobody for a picture who did not agree to one", () => {
  expect(at({ status: { ...waiting, consented: false, no_face: true }, face: "todo" })).toBe("rules");
});

it("asks nobody for a check whom a proctor has checked at the door, where there is no camera, until a proctor says otherwise", () => {
  expect(at({ status: { ...waiting, consented: false, by_hand: true }, face: "todo" })).toBe("rules");
  expect(at({ status: { ...waiting, by_hand: true }, face: "todo" })).toBe("wait");
  expect(at({ status: { ...waiting, by_hand: true, blocked: true }, face: "todo" })).toBe("face");
});

it("checks again after a login at another seat, but not in a running exam", () => {
  expect(at({ face: "todo" })).toBe("face");
  expect(at({ status: { ...waiting, state: "running" }, face: "todo", paper: true })).toBe("exam");
});

it("goes on answering after a reload while the server is away", () => {
  expect(at({ status: null, paper: true })).toBe("exam");
});

it("shows a fenced seat that it may not write, whatever else is known", () => {
  expect(at({ fenced: true, paper: true, status: { ...waiting, state: "running" } })).toBe("moved");
});

it("asks for a hand until the server says that a proctor has looked", () => {
  const open = { cleared: false, no_face: false };
  expect(faceOpen("manual", open)).toBe(true);
  expect(faceOpen("manual", null)).toBe(true);
  expect(faceOpen("manual", { ...open, cleared: true })).toBe(false);
  expect(faceOpen("manual", { ...open, no_face: true })).toBe(false);
  expect(faceOpen("pass", open)).toBe(false);
});
