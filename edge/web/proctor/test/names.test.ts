import { afterEach, expect, it } from "vitest";
import { me, nameOf, signName, type Me } from "../src/session";

afterEach(() => (me.value = null));

it("puts a name and its account on a form, and on a page the name", () => {
  me.value = { names: { "li.jian": "李监考", same: "same" } } as unknown as Me;
  expect([signName("li.jian"), nameOf("li.jian")]).toEqual(["李监考（li.jian）", "李监考"]);
  expect(["陈监考", "gone", "same", "system", ""].map(signName)).toEqual(["陈监考", "gone", "same", "系统", ""]);
});
