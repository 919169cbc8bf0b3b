import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import type { Case } from "../api";

// The server, as far as a form is saved: away, or keeping what it is sent.
const server = { away: false, version: 1, kept: [] as Record<string, string>[] };

vi.mock("../api", () => ({
  eventID: () => "event-0001",
  asProblem: (e: unknown) => e,
  ask: async (r: Promise<unknown>) => r,
  client: {
    PUT: async (_path: string, o: { body: { version: number; form: Record<string, string> } }) => {
      if (server.away) throw { status: 0, code: "net.unreachable" };
      if (o.body.version !== server.version) throw { status: 409, code: "licensing.case.stale" };
      server.version++;
      server.kept.push({ ...o.body.form });
      return { id: "c1", version: server.version, values: o.body.form, categories: [] };
    },
  },
}));

const store = new Map<string, string>();
beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(server, { away: false, version: 1, kept: [] });
  store.clear();
  vi.stubGlobal("localStorage", { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => store.set(k, v), removeItem: (k: string) => store.delete(k) });
  vi.stubGlobal("document", { addEventListener: () => {}, removeEventListener: () => {}, visibilityState: "visible" });
  vi.stubGlobal("window", { addEventListener: () => {}, removeEventListener: () => {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function open(): Promise<ReturnType<typeof import("./autosave").useAutosave>> {
  const { useAutosave } = await import("./autosave");
  const page = ref({ id: "c1", version: server.version, values: { statement: "" }, categories: [] } as unknown as Case);
  return effectScope().run(() => useAutosave(page, (c) => (page.value = c), () => {}))!;
}

test("what is typed is kept a moment later, once", async () => {
  const form = await open();
  for (const text of ["昨", "昨天", "昨天遗失"]) {
    form.values.value.statement = text;
    await nextTick();
  }
  await vi.advanceTimersByTimeAsync(2000);
  expect(server.kept).toEqual([{ statement: "昨天遗失" }]);
  expect(form.state.value).toBe("saved");
});

test("a network that is away loses nothing: it is tried again until it is kept", async () => {
  const form = await open();
  server.away = true;
  form.values.value.statement = "断网时写的";
  await nextTick();
  await vi.advanceTimersByTimeAsync(9000);
  expect(form.state.value).toBe("waiting");
  expect(await form.flush()).toBe(false);
  expect(store.get("draft-c1")).toContain("断网时写的");
  server.away = false;
  await vi.advanceTimersByTimeAsync(5000);
  expect(server.kept.at(-1)).toEqual({ statement: "断网时写的" });
  expect(store.size).toBe(0);
});

test("a page that was closed in between comes back as it was", async () => {
  store.set("draft-c1", JSON.stringify({ values: { statement: "关页面前写的" }, categories: [] }));
  const form = await open();
  expect(form.values.value.statement).toBe("关页面前写的");
  await vi.advanceTimersByTimeAsync(2000);
  expect(server.kept.at(-1)).toEqual({ statement: "关页面前写的" });
});
