import { describe, expect, it } from "vitest";
import { absent, duration, eventTold, missing } from "./dossier";

describe("a candidate's record", () => {
  it("names each picture that is not here once", () => {
    const check = (snapshot: string) => ({ snapshot }) as never;
    const d = { checks: [check("a"), check("a"), check("")], alarms: [check("b")], irregularities: [{ evidence: "c" } as never], pictures: [{ digest: "b", state: "HELD" }, { digest: "c", state: "GONE" }] as never };
    expect(missing(d)).toEqual(["a", "c"]);
  });

  it("tells what happened in words", () => {
    expect(eventTold({ sitting: "x", from: "A01", to: "A09", reason: "键盘失灵" })).toBe("A01 → A09，原因：键盘失灵");
    expect(eventTold({ extra_ns: 300e9, reason: "停电" })).toBe("补 5 分 0 秒，原因：停电");
    expect(eventTold(null)).toBe("");
    expect(duration(96_900)).toBe("1 分 36 秒"); // as the terminal and the printed record have it
  });
});

it("says of somebody who never came that they were absent, once it is over", () => {
  const d = (state: string, admitted: boolean[]) => ({ sitting: { state }, door: admitted.map((a) => ({ admitted: a })), attempts: [] }) as never;
  expect(absent(d("PUBLISHED", []))).toBe(true);
  expect(absent(d("PUBLISHED", [false]))).toBe(true);
  expect(absent(d("PUBLISHED", [true]))).toBe(false);
  expect(absent(d("RUNNING", []))).toBe(false);
});
