import "fake-indexeddb/auto";
import { expect, it, vi } from "vitest";
import { Book } from "../answer/book";
import { recall } from "./answering";
import { book, state, type SessionRecord } from "./state";
import { openDisk, saveAnswers } from "./store";

vi.stubGlobal("navigator", {});

it("an attempt that ended while no page was open is recalled with what came too late, and no other's", async () => {
  await openDisk();
  const kept = new Book();
  await saveAnswers("sitting/2026", [kept.change("1", ["A"]), { ...kept.change("2", ["B"]), acked: 1 }]);
  await saveAnswers("sitting/2027", [kept.change("9", ["C"])]);
  state.session = { candidate: { admission: "2026" } } as SessionRecord;
  await recall("sitting");
  expect(book.unsaved().map((e) => e.item)).toEqual(["1"]);

  // What is in memory already is newer than the disk.
  book.load([]);
  await recall("sitting");
  expect(book.unsaved()).toEqual([]);
});
