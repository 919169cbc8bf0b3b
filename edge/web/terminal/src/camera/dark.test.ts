import { expect, test } from "vitest";
import { isDark } from "./dark";

const picture = (light: (i: number) => number): number[] => Array.from({ length: 400 }, (_, i) => [light(i), light(i), light(i), 255]).flat();

test("a covered lens, an empty frame and one flat colour show nothing", () => {
  for (const nothing of [[], picture(() => 0), picture((i) => (i % 7) * 2), picture(() => 128)]) expect(isDark(nothing)).toBe(true);
});

test("a person shows, also in a dim room", () => {
  for (const something of [picture((i) => i % 255), picture((i) => 15 + (i % 40)), picture((i) => (i === 3 ? 200 : 0))]) expect(isDark(something)).toBe(false);
});
