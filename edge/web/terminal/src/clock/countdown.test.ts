import { formatClock } from "@huyun/protocol";
import { afterEach, expect, it, vi } from "vitest";
import { Countdown, warning } from "./countdown";

function make() {
  let now = 5000;
  const c = new Countdown(() => now);
  return { c, pass: (ms: number) => (now += ms) };
}

afterEach(() => void vi.useRealTimers());

it("knows nothing before the server has spoken", () => {
  expect(make().c.left()).toBeNull();
});

it("counts down between two words of the server and stops at zero", () => {
  const { c, pass } = make();
  c.sync(10_000, true);
  pass(4000);
  expect(c.left()).toBe(6000);
  pass(60_000);
  expect(c.left()).toBe(0);
});

// Complaint 8 (a clock that is set wrong, or slept, changes the time left).
it("does not care where the machine's date is set to", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { c, pass } = make();
  c.sync(3_600_000, true);
  for (const jump of ["2026-11-24T10:00:00Z", "2026-11-22T10:00:00Z", "1970-01-01T00:00:00Z", "2038-01-20T00:00:00Z"]) {
    vi.setSystemTime(new Date(jump));
    expect(c.left()).toBe(3_600_000);
  }
  pass(1000);
  expect(c.left()).toBe(3_599_000);
});

it("stands while paused, and runs on from the server's word", () => {
  const { c, pass } = make();
  c.sync(10_000, false);
  pass(5000);
  expect(c.left()).toBe(10_000);
  c.sync(10_000, true);
  pass(5000);
  expect(c.left()).toBe(5000);
});

// Complaint 8 (a clock that is set wrong, or slept, changes the time left).
it("is put right after a sleep that its clock did not see", () => {
  const { c, pass } = make();
  c.sync(3_600_000, true);
  pass(1000);
  c.sync(2_400_000, true);
  expect(formatClock((c.left() ?? 0) / 1000)).toBe("40:00");
});

it("never runs backwards when the clock does", () => {
  const { c, pass } = make();
  c.sync(10_000, true);
  pass(-3000);
  expect(c.left()).toBe(10_000);
});

const MIN = 60_000;

it("warns once at ten minutes and at one", () => {
  expect(warning(10 * MIN + 1, 10 * MIN, 60 * MIN)).toBe(10);
  expect(warning(10 * MIN, 9 * MIN, 60 * MIN)).toBeNull();
  expect(warning(MIN + 200, MIN - 50, 60 * MIN)).toBe(1);
  expect(warning(MIN - 50, MIN - 300, 60 * MIN)).toBeNull();
});

it("warns again when time was granted in between", () => {
  expect(warning(9 * MIN, 14 * MIN, 65 * MIN)).toBeNull();
  expect(warning(10 * MIN + 100, 10 * MIN - 100, 65 * MIN)).toBe(10);
});

it("gives the last warning when a sleep jumped over both", () => {
  expect(warning(30 * MIN, 30_000, 60 * MIN)).toBe(1);
});

it("does not warn of ten minutes in an exam of ten, nor at the beginning, nor when it is over", () => {
  expect(warning(11 * MIN, 10 * MIN, 10 * MIN)).toBeNull();
  expect(warning(null, 5 * MIN, 60 * MIN)).toBeNull();
  expect(warning(2 * MIN, 0, 60 * MIN)).toBeNull();
});
