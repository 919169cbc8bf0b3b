// The story of a sitting on screen, from the first sign-in to the published
// result, with the network cut and the venue's server killed in the middle.
import { expect, test } from "@playwright/test";
import { centre } from "../src/centre.js";
import { device } from "../src/device.js";
import { door, type Guest } from "../src/door.js";
import { exam } from "../src/exam.js";
import { files, roster } from "../src/files.js";
import { opening, type Venue } from "../src/opening.js";
import { Scene } from "../src/scene.js";
import { score } from "../src/score.js";
import { short } from "../src/short.js";

test.describe.configure({ mode: "serial" });

let open: Scene | undefined;
const scene = (): Scene => {
  if (!open) throw new Error("nothing is running");
  return open;
};
const venue = { machines: [] } as unknown as Venue;
const guest: Guest = { admission: "" };

test.beforeAll(async () => {
  test.setTimeout(180_000);
  open = await Scene.open();
});
test.afterAll(async () => {
  await open?.close();
});

centre(scene);
roster(scene);
opening(scene, venue);
door(scene, venue, guest);
exam(scene, venue, guest);
score(scene, venue, guest);
short(scene, venue, () => {
  files(scene);
  device(scene);
});

test("没有页面脚本出错", () => {
  expect(scene().complaints).toEqual([]);
});
