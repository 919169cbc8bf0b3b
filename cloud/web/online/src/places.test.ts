import { expect, test } from "vitest";
import { homeOf } from "./places";

test("a company that follows a person's link is told that it is a person's", () => {
  expect(homeOf(true, "/matter/RT04")).toEqual({ path: "/personal", query: { matter: "RT04" } });
  expect(homeOf(true, "/case/1")).toEqual({ path: "/personal", query: {} });
  expect(homeOf(true, "/")).toEqual({ path: "/company" });
  expect(homeOf(true, "/company/1")).toBeUndefined();
  expect(homeOf(true, "/personal")).toBeUndefined();
});

test("a person has no company's pages", () => {
  expect(homeOf(false, "/company")).toEqual({ path: "/" });
  expect(homeOf(false, "/personal")).toEqual({ path: "/" });
  expect(homeOf(false, "/matter/RT04")).toBeUndefined();
});
