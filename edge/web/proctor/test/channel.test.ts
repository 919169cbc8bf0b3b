import { describe, expect, it } from "vitest";
import { askEvery, next, quiet, reopenEvery } from "../src/board/channel";

describe("next", () => {
  const live = { heard: 10_000, asked: 0, opened: 0, broken: false };

  it("leaves a speaking stream alone", () => {
    expect(next(live, 10_000 + quiet)).toEqual({ ask: false, reopen: false });
  });

  it("gives a stream that was just opened its time", () => {
    expect(next({ heard: 0, asked: 0, opened: 50_000, broken: false }, 50_500)).toEqual({ ask: false, reopen: false });
  });

  it("asks when the stream is silent, but not too often, and opens another now and then", () => {
    const now = 10_001 + quiet;
    expect(next({ ...live, opened: now - 1 - quiet }, now)).toEqual({ ask: true, reopen: false });
    expect(next({ ...live, asked: now - askEvery + 1, opened: now - 1 - quiet }, now).ask).toBe(false);
    expect(next({ ...live, opened: now - reopenEvery }, now).reopen).toBe(true);
  });

  it("does not wait when the stream has failed", () => {
    expect(next({ ...live, broken: true, opened: 9000 }, 10_100).ask).toBe(true);
  });
});
