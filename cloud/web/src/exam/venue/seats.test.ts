import { expect, it } from "vitest";
import { readSeats, writeSeats } from "./seats";

it.each([
  ["01-03", ["01", "02", "03"]],
  ["A1-A3，B7", ["A1", "A2", "A3", "B7"]],
  ["08-11", ["08", "09", "10", "11"]],
  ["1 1 2", ["1", "2"]],
  ["3-1", ["3-1"]], // left for the server to refuse
  ["1-99999", ["1-99999"]],
  ["", []],
])("reads %s", (text, seats) => {
  expect(readSeats(text)).toEqual(seats);
});

it.each([[["01", "02", "03", "05", "A1"]], [["1", "2"]], [[]], [["09", "10", "11"]], [["9", "10", "11"]]])("writes what it can read again: %s", (seats) => {
  expect(readSeats(writeSeats(seats))).toEqual(seats);
});
