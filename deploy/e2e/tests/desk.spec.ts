// What is done away from the sitting itself: classes, the practical exam, the
// measuring of the face engine, packets on a stick, the rehearsal. A system of its own.
import { expect, type Page, test } from "@playwright/test";
import { calibration } from "../src/calibration.js";
import { classes } from "../src/classes.js";
import { lists } from "../src/lists.js";
import { packet } from "../src/packet.js";
import { practical } from "../src/practical.js";
import { rehearsal } from "../src/rehearsal.js";
import { Scene, signIn } from "../src/scene.js";

let open: Scene | undefined;
let desk: Page | undefined;
const scene = (): Scene => {
  if (!open) throw new Error("nothing is running");
  return open;
};
const chief = (): Page => {
  if (!desk) throw new Error("nobody has signed in");
  return desk;
};

test.beforeAll(async () => {
  test.setTimeout(180_000);
  open = await Scene.open();
  const login = open.stack.login("chen.kaochang");
  desk = (await open.page(open.stack.facts.edge + "/proctor/", { width: 1366, height: 768 })).page;
  await signIn(desk, login.username, login.password);
  await expect(desk.getByRole("navigation", { name: "主菜单" })).toBeVisible();
});
test.afterAll(async () => {
  await open?.close();
});

test.describe.serial("班级", () => classes(scene));
test.describe.serial("应会", () => practical(scene, chief));
test.describe.serial("校准", () => calibration(scene));
test.describe.serial("名单", () => lists(scene, chief));
test.describe.serial("密封包", () => packet(scene, chief));
test.describe.serial("演练", () => rehearsal(scene, chief));

test("没有页面脚本出错", () => {
  expect(scene().complaints).toEqual([]);
});
