import { describe, expect, it } from "vitest";
import { alarmWords, raised, said, type Alarming } from "./alarms";

const of = (alarm: Alarming["alarm"], cases: number, past = 0): Alarming => ({ alarm, cases, past });

describe("alarms of the law's periods", () => {
  it("keeps their order and leaves out what has no cases", () => {
    expect(raised([of("RENEWAL", 0), of("OVERDUE", 2), of("DEEMED", 0), of("ANSWER", 1)]).map((a) => a.alarm)).toEqual(["OVERDUE", "ANSWER"]);
  });
  it("tells a renewal that the law has granted from one that it will", () => {
    expect(said(of("RENEWAL", 3, 1))).toBe("已视为准予 1 件，五个工作日内届满 2 件");
    expect(said(of("RENEWAL", 2, 2))).toBe("已视为准予 2 件");
    expect(said(of("RENEWAL", 2))).toBe("五个工作日内届满 2 件");
    expect(said(of("OVERDUE", 4))).toBe("4 件");
  });
  it("says the level in words and with an icon", () => {
    for (const w of Object.values(alarmWords)) expect(w.icon && w.rank && w.next).toBeTruthy();
    expect(Object.values(alarmWords).filter((w) => w.level === "top")).toHaveLength(1);
  });
});
