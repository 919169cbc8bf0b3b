import { describe, expect, it } from "vitest";
import type { Candidate } from "../src/api";
import { aboutOf } from "../src/door/about";
import { forSearch } from "../src/door/scan";
import { count, search } from "../src/door/search";

function person(n: number, name: string, more: Partial<Candidate> = {}): Candidate {
  return {
    id: `c${n}`, admission: `20261123000${n}`, name, id_number: "****0000", seat: `A0${n}`, has_photo: true, photo_problem: "", consent: true,
    standing: "expected", standing_name: "未到", deciders: 0, last: "", by: "", at: null, reason: "", attempt: "", attempt_state: "", ...more,
  };
}
const list = [person(2, "王芳"), person(1, "张伟"), person(3, "张伟民", { standing: "admitted" }), person(4, "李芳", { seat: "B01" })];
const ids = (found: Candidate[]): string[] => found.map((c) => c.id);

describe("search", () => {
  it("lists everybody by admission number without a word", () => {
    expect(ids(search(list, "", ""))).toEqual(["c1", "c2", "c3", "c4"]);
  });

  it("puts the exact one first, so that enter takes the right person", () => {
    expect(ids(search(list, "张伟", ""))).toEqual(["c1", "c3"]);
    expect(ids(search(list, "a03", ""))[0]).toBe("c3");
    expect(ids(search(list, "202611230004", ""))).toEqual(["c4"]);
    expect(ids(search(list, "0004", ""))).toEqual(["c4"]);
  });

  it("keeps to the standing that is asked for", () => {
    expect(ids(search(list, "张", "admitted"))).toEqual(["c3"]);
    expect(search(list, "赵", "")).toEqual([]);
  });
});

describe("count", () => {
  it("counts each standing, the empty ones too", () => {
    expect(count(list)).toEqual({ expected: 3, pending: 0, admitted: 1, refused: 0 });
  });
});

describe("aboutOf", () => {
  it("is the picture taken here, until a colleague was faster", () => {
    expect(aboutOf(undefined, "list", false)).toBe("list");
    expect(aboutOf("picture", "list", false)).toBe("picture");
    expect(aboutOf("picture", "verdict", true)).toBe("verdict");
  });
});

describe("forSearch", () => {
  const key = (k: string, within: string[] = [], more = {}): Parameters<typeof forSearch>[0] => ({
    key: k, ctrlKey: false, altKey: false, metaKey: false, ...more,
    target: { closest: (all: string) => (all.split(", ").some((s) => within.includes(s)) ? {} : null) } as unknown as EventTarget,
  });

  it("takes digits that nothing else waits for", () => {
    expect(forSearch(key("7"))).toBe(true);
    expect(forSearch(key("7", ["button"])), "the camera's button has the focus").toBe(true);
    for (const k of ["Enter", " ", "a"]) expect(forSearch(key(k))).toBe(false);
    for (const where of ["input", "textarea", "[role='dialog']"]) expect(forSearch(key("7", [where]))).toBe(false);
    expect(forSearch(key("1", [], { ctrlKey: true }))).toBe(false);
  });
});
