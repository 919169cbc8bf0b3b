import { expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { client } from "../../kit/client";
import { nameOf } from "./names";

it("asks once for all accounts of a page and shows names with their accounts", async () => {
  const get = vi.spyOn(client, "GET").mockResolvedValue({
    data: { names: { "zhao.zhukao": "赵主考" } },
    response: new Response(),
  } as never);
  expect([nameOf("zhao.zhukao"), nameOf("gone"), nameOf("zhao.zhukao")]).toEqual(["zhao.zhukao", "gone", "zhao.zhukao"]);
  await nextTick();
  await vi.waitFor(() => expect(nameOf("zhao.zhukao")).toBe("赵主考（zhao.zhukao）"));
  expect(nameOf("gone")).toBe("gone");
  expect(get).toHaveBeenCalledTimes(1);
  expect([nameOf("system:worker"), nameOf("machine"), nameOf("李审核"), nameOf("")]).toEqual(["系统", "系统", "李审核", ""]);
});
