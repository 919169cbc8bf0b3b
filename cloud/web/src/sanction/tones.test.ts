import { describe, expect, it } from "vitest";
import { contrast } from "../../kit/contrast";
import { toneOf, tones } from "./tones";

describe("prompts", () => {
  it.each(Object.entries(tones))("%s can be read and is not colour alone", (_, t) => {
    expect(contrast(t.ground, t.ink)).toBeGreaterThanOrEqual(4.5);
    expect(t.mark).not.toBe("");
    expect(t.word).not.toBe("");
  });
  it("finds what cannot be read", () => expect(contrast("#E37400", "#FFFFFF")).toBeLessThan(4.5));
  it("takes what it does not know for the strictest", () => expect(toneOf("PINK")).toBe(tones.RED));
});
