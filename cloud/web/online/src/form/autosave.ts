// Keeps a form: a moment after the last key, one request at a time, again and
// again while the network is away. What is not saved yet lies in this tab too, so
// that a page that was closed by accident comes back as it was.
import { computed, onBeforeUnmount, ref, watch, type Ref } from "vue";
import { asProblem, ask, client, eventID, type Case, type Problem } from "../api";

export type SaveState = "saved" | "saving" | "waiting" | "refused";

interface Draft {
  values: Record<string, string>;
  categories: string[];
}

const pause = 800; // ms after the last key
const again = 4000; // ms until the next try

export interface Autosave {
  values: Ref<Record<string, string>>;
  categories: Ref<string[]>;
  state: Ref<SaveState>;
  at: Ref<number>;
  problem: Ref<Problem | null>;
  flush: () => Promise<boolean>;
  dirty: Ref<boolean>;
}

export function useAutosave(page: Ref<Case>, saved: (c: Case) => void, stale: () => void): Autosave {
  const key = "draft-" + page.value.id;
  const kept = read(key);
  const values = ref({ ...page.value.values, ...kept?.values });
  const categories = ref([...(kept?.categories ?? page.value.categories)]);
  const state = ref<SaveState>("saved");
  const at = ref(0);
  const problem = ref<Problem | null>(null);
  const changes = ref(kept ? 1 : 0);
  const done = ref(0);
  const dirty = computed(() => changes.value > done.value);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<boolean> | null = null;

  function later(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), ms);
  }

  watch([values, categories], () => {
    changes.value++;
    state.value = "saving";
    write(key, { values: values.value, categories: categories.value });
    later(pause);
  }, { deep: true });
  if (kept) later(0);

  async function save(): Promise<boolean> {
    const upTo = changes.value;
    state.value = "saving";
    try {
      const body = { event_id: eventID(), version: page.value.version, categories: categories.value, form: values.value };
      const c = await ask(client.PUT("/api/v1/own/cases/{id}/form", { params: { path: { id: page.value.id } }, body }));
      done.value = upTo;
      problem.value = null;
      at.value = Date.now();
      saved(c);
      if (!dirty.value) {
        state.value = "saved";
        drop(key);
      }
      return true;
    } catch (e) {
      const p = asProblem(e);
      problem.value = p;
      if (p.status === 0 || p.status >= 500 || p.status === 429) {
        state.value = "waiting";
        later(again);
      } else {
        state.value = "refused";
        if (p.code === "licensing.case.stale" || p.code === "licensing.case.state") stale();
      }
      return false;
    }
  }

  /** flush saves what is not saved; false when it could not. */
  async function flush(): Promise<boolean> {
    clearTimeout(timer);
    if (running) await running;
    if (!dirty.value) return true;
    running = save();
    const ok = await running;
    running = null;
    return ok && dirty.value ? flush() : ok;
  }

  // a telephone may never come back to a page that it has put away
  const away = (): void => {
    if (document.visibilityState === "hidden") void flush();
  };
  document.addEventListener("visibilitychange", away);
  onBeforeUnmount(() => {
    document.removeEventListener("visibilitychange", away);
    void flush();
  });
  return { values, categories, state, at, problem, flush, dirty };
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function write(key: string, d: Draft): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(d));
  } catch {
    // a browser that keeps nothing still saves to the server
  }
}

function drop(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // as above
  }
}
