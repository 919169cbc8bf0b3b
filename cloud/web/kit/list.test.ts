import { describe, expect, it } from "vitest";
import { createApp, nextTick, ref } from "vue";
import { createMemoryHistory, createRouter, type Router } from "vue-router";
import { exportPath, readView, useList, writeView, type ListState } from "./list";
import { unreachable } from "./problem";

const filters = { state: "PENDING", venue: "" };

describe("the view in the address", () => {
  it("is empty for the first view", () => {
    expect(writeView(readView({}, filters), filters)).toEqual({});
  });

  it("comes back as it was written", () => {
    const view = { query: { q: "张 三&", state: "", venue: "v1" }, page: 3, size: 50, sort: "-starts_at" };
    const address = writeView(view, filters);
    expect(address).toEqual({ q: "张 三&", state: "", venue: "v1", page: "3", size: "50", sort: "-starts_at" });
    expect(readView(address, filters)).toEqual(view);
  });

  it.each(["0", "-1", "1.5", "abc", ""])("takes no nonsense for a page: %s", (page) => {
    expect(readView({ page, size: page }, filters)).toMatchObject({ page: 1, size: 20 });
  });

  it("never asks for more than the server gives", () => {
    expect(readView({ size: "100000" }, filters).size).toBe(200);
  });

  it("keeps a whole ID number out of the address", () => {
    const view = readView({}, filters);
    view.query.q = " 31010419900307011x ";
    expect(writeView(view, filters)).toEqual({});
    view.query.q = "13900001111";
    expect(writeView(view, filters)).toEqual({});
    view.query.q = "261129101010024"; // an admission number may stand there
    expect(writeView(view, filters)).toEqual({ q: "261129101010024" });
  });

  it("leaves a cleared field out of the address", () => {
    const view = readView({}, { venue: "" });
    view.query.venue = undefined as unknown as string; // what a cleared select gives
    expect(writeView(view, { venue: "" })).toEqual({});
  });
});

type Query = Record<string, string | number | undefined>;

interface Mounted {
  list: ListState<number>;
  asked: Query[];
  router: Router;
  settle: () => Promise<void>;
}

async function mount(address: string, fetch: (q: Query) => Promise<{ items: number[]; total: number }>): Promise<Mounted> {
  const asked: Query[] = [];
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/list", component: { render: () => null } }] });
  await router.push(address);
  const app = createApp({ render: () => null }).use(router); // never mounted: a list needs the router, not a page
  const list = app.runWithContext(() =>
    useList<number>(
      (q) => {
        asked.push(q);
        return fetch(q);
      },
      { state: "" },
    ),
  );
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await new Promise((r) => setTimeout(r)).then(nextTick);
  };
  await settle();
  return { list, asked, router, settle };
}

const page = (n: number): Promise<{ items: number[]; total: number }> => Promise.resolve({ items: [n], total: 100 });

describe("useList", () => {
  it("asks for what the address says and shows it", async () => {
    const { list, asked } = await mount("/list?q=abc&state=ON&page=2", () => page(1));
    expect(asked).toEqual([{ page: 2, page_size: 20, sort: undefined, q: "abc", state: "ON" }]);
    expect(list.items.value).toEqual([1]);
  });

  it("goes to the first page on a new search, asking once", async () => {
    const { list, asked, router, settle } = await mount("/list?page=4", () => page(1));
    list.query.state = "OFF";
    list.search();
    await settle();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toMatchObject({ page: 1, state: "OFF" });
    expect(router.currentRoute.value.query).toEqual({ state: "OFF" });
  });

  it("follows the address when somebody else changes it", async () => {
    const { list, asked, router, settle } = await mount("/list?state=ON", () => page(1));
    await router.push("/list");
    await settle();
    expect(list.query.state).toBe("");
    expect(asked).toHaveLength(2);
  });

  it("shows the answer to the last question, whichever comes last", async () => {
    const answers: ((n: number) => void)[] = [];
    const { list, settle } = await mount("/list", () => new Promise((r) => answers.push((n) => r({ items: [n], total: 1 }))));
    void list.reload();
    answers[1]!(2);
    answers[0]!(1);
    await settle();
    expect(list.items.value).toEqual([2]);
    expect(list.loading.value).toBe(false);
  });

  it("goes back to the last page that is left", async () => {
    const { list } = await mount("/list?page=9", (q) => Promise.resolve({ items: Number(q.page) > 2 ? [] : [1], total: 40 }));
    expect(list.page.value).toBe(2);
    expect(list.items.value).toEqual([1]);
  });

  it("keeps the refusal for the page to show", async () => {
    const { list } = await mount("/list", () => Promise.reject(unreachable()));
    expect(list.problem.value?.code).toBe("net.unreachable");
    expect(list.loading.value).toBe(false);
  });
});

it("exports what it shows: filters and order, not the page", () => {
  const list = { query: { q: "王", state: "", venue: "v 1" }, sort: ref("-name") };
  expect(exportPath("/api/v1/things", list)).toBe("/api/v1/things/export?q=%E7%8E%8B&venue=v+1&sort=-name");
  expect(exportPath("/api/v1/things", { query: { number: "Q000120" }, sort: ref("") }, { number: "120" })).toBe("/api/v1/things/export?number=120");
  expect(exportPath("/api/v1/things", { query: {}, sort: ref("") })).toBe("/api/v1/things/export");
});
