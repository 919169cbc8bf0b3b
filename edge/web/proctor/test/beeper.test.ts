import { describe, expect, it } from "vitest";
import { again, decide, silence, type Heard } from "../src/alarm/beeper";

const red = { id: "r", level: "red" };
const yellow = { id: "y", level: "yellow" };

describe("decide", () => {
  it("is quiet without alarms", () => {
    expect(decide([], silence, 0, true).beep).toBeNull();
  });

  it("sounds at once for a new alarm, then waits, then sounds again until it is acknowledged", () => {
    const first = decide([red], silence, 1000, true);
    expect(first.beep).toBe("red");
    const soon = decide([red], first.heard, 1000 + again.red - 1, true);
    expect(soon.beep).toBeNull();
    const later = decide([red], soon.heard, 1000 + again.red, true);
    expect(later.beep).toBe("red");
    expect(decide([], later.heard, 99_000, true).beep).toBeNull();
  });

  it("repeats yellow less often than red", () => {
    const heard: Heard = { at: 0, ids: ["y"] };
    expect(decide([yellow], heard, again.red, true).beep).toBeNull();
    expect(decide([yellow], heard, again.yellow, true).beep).toBe("yellow");
  });

  it("does not wait for the repetition when another alarm comes", () => {
    const heard: Heard = { at: 0, ids: ["y"] };
    expect(decide([yellow, red], heard, 500, true).beep).toBe("red");
  });

  it("sounds again for the same alarm that was acknowledged and came back", () => {
    const first = decide([red], silence, 0, true);
    const gone = decide([], first.heard, 500, true);
    expect(decide([red], gone.heard, 1000, true).beep).toBe("red");
  });

  it("makes no sound while it is off, and tells of what came meanwhile when it is on again", () => {
    const off = decide([red], silence, 0, false);
    expect(off.beep).toBeNull();
    expect(decide([red], off.heard, 10, true).beep).toBe("red");
  });
});
