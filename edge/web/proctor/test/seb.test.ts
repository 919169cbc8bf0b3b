import { expect, it } from "vitest";
import type { Seat } from "../src/api";
import { marksOf } from "../src/board/seats";

const texts = (more: Partial<Seat>): string[] => marksOf({ pending: 0, refused: 0, ...more } as Seat).map((m) => m.text);

it("says in words which terminal has no safe browser", () => {
  expect(texts({ seb: "none" })).toContain("▲ 无 SEB");
  expect(texts({ seb: "none", seb_allowed: "坏了" })).toContain("无 SEB（已准许）");
  expect(texts({ seb: "other" })).toContain("▲ SEB 配置不符");
  expect(texts({ seb: "ok" })).toEqual([]);
  expect(texts({})).toEqual([]);
});
