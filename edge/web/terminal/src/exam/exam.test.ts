import { describe, expect, it } from "vitest";
import { Book } from "../answer/book";
import type { Item } from "../api";
import { cells, choose, overall, saveState, unanswered } from "./card";
import { act, type Press } from "./keys";
import { watermark } from "./watermark";

const item = (no: string, type: Item["type"], n = 4): Item => ({
  no, section: 1, type, stem: "", worth: 10,
  options:
    type === "TF"
      ? [{ letter: "A", key: "T", text: "正确" }, { letter: "B", key: "F", text: "错误" }]
      : // as displayed: the bank's keys in another order
        Array.from({ length: n }, (_, i) => ({ letter: "ABCDEF"[i] ?? "", key: "ABCDEF"[n - 1 - i] ?? "", text: "" })),
});
const press = (key: string, more: Partial<Press> = {}): Press => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });

describe("keys", () => {
  const single = item("1", "SINGLE", 6);
  const tf = item("2", "TF");

  it.each([
    ["a", "F"], ["A", "F"], ["f", "A"], ["1", "F"], ["6", "A"],
  ])("%s chooses the option that shows it, by the bank's key", (key, want) => {
    expect(act(press(key), single)).toEqual({ do: "choose", key: want });
  });

  it.each([
    ["t", "T"], ["y", "T"], ["Y", "T"], ["f", "F"], ["n", "F"], ["1", "T"], ["2", "F"], ["a", "T"], ["b", "F"],
  ])("%s answers a true/false question", (key, want) => {
    expect(act(press(key), tf)).toEqual({ do: "choose", key: want });
  });

  it.each(["7", "g", "x", "Enter", " ", "Tab", "Escape"])("%s means nothing", (key) => {
    expect(act(press(key), single)).toBeUndefined();
  });

  it("does not choose what is not there", () => {
    expect(act(press("e"), item("1", "SINGLE", 4))).toBeUndefined();
    expect(act(press("t"), single)).toBeUndefined();
  });

  it.each([
    ["ArrowLeft", "previous"], ["ArrowRight", "next"], ["m", "flag"], ["M", "flag"], ["?", "help"], ["+", "bigger"], ["-", "smaller"],
    ["Delete", "clear"],
  ])("%s is %s", (key, want) => {
    expect(act(press(key), single)).toEqual({ do: want });
  });

  it("hands in with Ctrl+Enter alone, and leaves other shortcuts alone", () => {
    expect(act(press("Enter", { ctrlKey: true }), single)).toEqual({ do: "handin" });
    expect(act(press("a", { ctrlKey: true }), single)).toBeUndefined();
    expect(act(press("ArrowLeft", { altKey: true }), single)).toBeUndefined();
  });
});

describe("choosing", () => {
  it("replaces a single choice", () => {
    expect(choose(item("1", "SINGLE"), ["A"], "B")).toEqual(["B"]);
  });

  it("toggles a multiple one, in the order on screen", () => {
    const it4 = item("1", "MULTI");
    expect(choose(it4, ["A"], "D")).toEqual(["D", "A"]);
    expect(choose(it4, ["D", "A"], "A")).toEqual(["D"]);
    expect(choose(it4, ["D"], "D")).toEqual([]);
  });
});

describe("the answer card", () => {
  const items = [item("1", "SINGLE"), item("2", "SINGLE"), item("3", "MULTI")];

  it("shows white, blue, orange and triangle, and says them", () => {
    const book = new Book();
    book.change("1", ["A"]);
    const got = cells(items, book, new Set(["3"]), 1, true);
    expect(got.map((c) => [c.answered, c.current, c.flagged])).toEqual([[true, false, false], [false, true, false], [false, false, true]]);
    expect(got.map((c) => c.label)).toEqual(["第 1 题，已答，保存中", "第 2 题，未答，当前题", "第 3 题，未答，已标记"]);
  });

  it("takes a cleared answer for none", () => {
    const book = new Book();
    book.change("1", ["A"]);
    book.change("1", []);
    expect(unanswered(items, book).map((i) => i.no)).toEqual(["1", "2", "3"]);
  });

  it("says saved only with a receipt, and kept while the server is away", () => {
    const book = new Book();
    expect(saveState(book.entries.get("1"), true)).toBe("none");
    const e = book.change("1", ["A"]);
    expect(saveState(e, true)).toBe("saving");
    expect(saveState(e, false)).toBe("kept");
    book.receipt([{ item: "1", revision: 1 }]);
    expect(saveState(e, false)).toBe("saved");
  });

  it("shows the worst of all in the bar", () => {
    const book = new Book();
    expect(overall(book, true)).toBe("none");
    book.change("1", ["A"]);
    book.change("2", ["A"]);
    book.receipt([{ item: "1", revision: 1 }]);
    expect(overall(book, true)).toBe("saving");
    expect(overall(book, false)).toBe("kept");
    book.receipt([{ item: "2", revision: 1, code: "exam.answer.choice", text: "" }]);
    expect(overall(book, true)).toBe("refused");
  });
});

it("masks the admission number in the watermark", () => {
  const mark = decodeURIComponent(watermark("202611230001", "A01"));
  expect(mark).toContain("202******001　座位 A01");
  expect(mark).not.toContain("202611230001");
});
