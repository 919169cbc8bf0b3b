import { expect, it } from "vitest";
import { unseen, worst } from "./alarms";

const of = (...levels: string[]): { level: string }[] => levels.map((level) => ({ level }));

it("heads alarms by the worst among them, in the venue's words", () => {
  expect(unseen(of("yellow"))).toBe("▲ 1 条黄色告警");
  expect(unseen(of("red", "yellow", "yellow"))).toBe("✖ 1 条红色、2 条黄色告警");
  expect(worst(of("yellow", "yellow"))).toBe("yellow");
  expect(worst(of("yellow", "red"))).toBe("red");
});
