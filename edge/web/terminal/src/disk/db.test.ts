import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { expect, it } from "vitest";
import { Book } from "../answer/book";
import { Disk } from "./db";

const entry = (item: string, ...choice: string[]) => new Book().change(item, choice);

it("has after a restart what was put before", async () => {
  const factory = new IDBFactory();
  const before = await Disk.open(factory);
  await before.set("session", { id: "s" });
  await before.put("sitting/1", [entry("1", "A"), entry("2", "B")]);
  const after = await Disk.open(factory);
  expect(await after.get("session")).toEqual({ id: "s" });
  expect((await after.answers("sitting/1")).map((e) => [e.item, e.choice])).toEqual([["1", ["A"]], ["2", ["B"]]]);
});

it("keeps attempts apart, also those whose names begin alike", async () => {
  const disk = await Disk.open(new IDBFactory());
  await disk.put("sitting/1", [entry("1", "A")]);
  await disk.put("sitting/10", [entry("1", "B")]);
  expect((await disk.answers("sitting/1")).map((e) => e.choice)).toEqual([["A"]]);
});

it("drops the answers of old attempts, and of no other", async () => {
  const disk = await Disk.open(new IDBFactory());
  for (const attempt of ["a", "b", "c", "a", "d"]) {
    await disk.claim(attempt);
    await disk.put(attempt, [entry("1", "A")]);
  }
  const kept = await Promise.all(["a", "b", "c", "d"].map(async (k) => (await disk.answers(k)).length));
  expect(kept).toEqual([1, 0, 1, 1]);
});

it("overwrites an item", async () => {
  const disk = await Disk.open(new IDBFactory());
  await disk.put("a", [entry("1", "A")]);
  await disk.put("a", [entry("1", "B")]);
  expect((await disk.answers("a")).map((e) => e.choice)).toEqual([["B"]]);
});

it("says so when it cannot write", async () => {
  const disk = await Disk.open(new IDBFactory());
  await expect(disk.set("f", () => 1)).rejects.toBeDefined();
});
