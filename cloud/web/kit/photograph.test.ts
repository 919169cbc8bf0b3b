import { expect, it } from "vitest";
import { shrink, stated } from "./photograph";

it("reads what a note allows", () => {
  expect(stated("白底，JPEG，358×441 像素，不超过 100 KB")).toBe(102400);
  expect(stated("原件")).toBe(0);
  expect(stated(undefined)).toBe(0);
});

it("leaves alone what fits or is no picture", async () => {
  const photo = new File(["x".repeat(2000)], "a.jpg", { type: "image/jpeg" });
  const pdf = new File(["x".repeat(2000)], "a.pdf", { type: "application/pdf" });
  expect(await shrink(photo, 2000)).toBe(photo);
  expect(await shrink(photo, 0)).toBe(photo);
  expect(await shrink(pdf, 100)).toBe(pdf);
});
