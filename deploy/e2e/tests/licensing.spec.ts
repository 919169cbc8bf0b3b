// Applications: by citizens on their telephones, and at the window. A system of
// its own.
import { expect, test } from "@playwright/test";
import { online } from "../src/online.js";
import { Scene } from "../src/scene.js";
import type { Citizen } from "../src/stack.js";
import { office } from "../src/window.js";

let open: Scene | undefined;
let people: Citizen[] = [];
const scene = (): Scene => {
  if (!open) throw new Error("nothing is running");
  return open;
};
/** citizen takes one with a certificate of a category, each once. */
const citizen = (category: string): Citizen => {
  const one = people.find((p) => p.category === category);
  if (!one) throw new Error("nobody is left of " + category);
  people = people.filter((p) => p !== one);
  return one;
};

test.beforeAll(async () => {
  test.setTimeout(180_000);
  open = await Scene.open();
  people = (await open.stack.do(`licensing:${open.stack.folder("企业名册")}`)).citizens ?? [];
});
test.afterAll(async () => {
  await open?.close();
});

test.afterEach(async ({}, info) => {
  if (info.status !== info.expectedStatus) await open?.look(info.title.slice(0, 12).replaceAll("：", "-"));
});

online(scene, citizen);
test.describe.serial("窗口", () => office(scene, citizen));

test("没有页面脚本出错", () => {
  expect(scene().complaints).toEqual([]);
});
