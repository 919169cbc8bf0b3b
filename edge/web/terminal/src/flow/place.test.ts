import { expect, it } from "vitest";
import type { Item, Place } from "../api";
import { placeOf } from "./place";

const items = ["1", "2", "3", "4"].map((no): Item => ({ no, section: 1, type: "TF", stem: "", options: [], worth: 1 }));
const place = (item: string, seat: string): Place => ({ item, flagged: ["2", "4"], seat });
const first = (no: string): boolean => no === "1";

it("goes on at another machine where the candidate was, flags and all", () => {
  expect(placeOf(items, undefined, place("3", "A01"), "A02", first)).toEqual({ current: 2, flags: new Set(["2", "4"]) });
});

it("believes this machine's own memory while nobody sat elsewhere since", () => {
  expect(placeOf(items, { current: 1, flags: ["1"] }, place("3", "A01"), "A01", first)).toEqual({ current: 1, flags: new Set(["1"]) });
  expect(placeOf(items, { current: 9, flags: [] }, undefined, "A01", first).current).toBe(3);
});

it("believes the venue at a machine that the candidate comes back to", () => {
  expect(placeOf(items, { current: 1, flags: [] }, place("3", "A02"), "A01", first).current).toBe(2);
});

it("uses the venue's memory at the same seat when this machine has lost its own", () => {
  expect(placeOf(items, undefined, place("3", "A01"), "A01", first).current).toBe(2);
});

it("opens the first question without an answer where nobody knows", () => {
  expect(placeOf(items, undefined, undefined, "A01", first)).toEqual({ current: 1, flags: new Set() });
  expect(placeOf(items, undefined, place("99", "A01"), "A02", first).current, "not of this paper").toBe(1);
  expect(placeOf(items, undefined, undefined, "A01", () => true).current).toBe(0);
});
