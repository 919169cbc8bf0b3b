import { expect, test } from "vitest";
import { fenOf, yuan } from "./words";

test("amounts are read to the fen", () => {
  for (const [text, fen] of [["70", 7000], ["70.5", 7050], ["170.00", 17000], [" 0.01 ", 1], ["9999999.99", 999999999]] as const) expect(fenOf(text)).toBe(fen);
  for (const text of ["", "七十", "70.005", "-70", "1e3", "70.", "12345678"]) expect(fenOf(text)).toBeNaN();
  expect([yuan(7000), yuan(1)]).toEqual(["70.00", "0.01"]);
});
