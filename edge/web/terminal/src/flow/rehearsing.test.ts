import { beforeEach, expect, it } from "vitest";
import { rehearsing, state } from "./state";

beforeEach(() => Object.assign(state, { status: null, session: null, hello: null }));

it("marks a drill on every screen, also while nobody answers", () => {
  expect(rehearsing()).toBe(false);
  state.hello = { rehearsal: true } as typeof state.hello;
  expect(rehearsing()).toBe(true);
  state.session = { candidate: { title: "货运驾驶员考试" } } as typeof state.session;
  expect(rehearsing()).toBe(false); // an exam is going on at this machine
  state.session = { candidate: { title: "【演练】断网演练，不是考试" } } as typeof state.session;
  expect(rehearsing()).toBe(true);
  state.status = { rehearsal: false } as typeof state.status;
  expect(rehearsing()).toBe(false);
});
