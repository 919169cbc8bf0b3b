// State of a list page: search, filters, sort and page live in the address, so
// that a list can be shared, reloaded and gone back to.
import { reactive, ref, watch, type Ref } from "vue";
import { useRoute, useRouter, type LocationQuery } from "vue-router";
import { asProblem, type Problem } from "./problem";

export interface Page<T> {
  items: T[];
  total: number;
}

export interface ListState<T> {
  items: Ref<T[]>;
  total: Ref<number>;
  loading: Ref<boolean>;
  problem: Ref<Problem | null>;
  query: Record<string, string>;
  page: Ref<number>;
  size: Ref<number>;
  sort: Ref<string>;
  search: () => void;
  clear: () => void;
  reload: () => Promise<void>;
}

/** One request of a list, as the server takes it. */
export interface ListQuery {
  page: number;
  page_size: number;
  sort?: string;
  q?: string;
}

/** What a list shows: everything that stands in the address. */
export interface ListView {
  query: Record<string, string>;
  page: number;
  size: number;
  sort: string;
}

const firstSize = 20;

/** What an export needs of a list. */
export interface Filtered {
  query: Record<string, string>;
  sort: Ref<string>;
}

/** exportPath is where the list at path is exported as it is filtered and sorted; other stands for filters. */
export function exportPath(path: string, list: Filtered, other: Record<string, string> = {}): string {
  const asked = Object.entries({ ...list.query, sort: list.sort.value, ...other }).filter(([, value]) => value);
  const query = new URLSearchParams(asked).toString();
  return `${path}/export${query ? `?${query}` : ""}`;
}

/** readView takes the view from an address; filters names its keys and their first values. */
export function readView(address: LocationQuery, filters: Record<string, string>): ListView {
  const at = (key: string): string => {
    const v = address[key];
    return typeof v === "string" ? v : "";
  };
  const whole = (key: string, otherwise: number): number => {
    const n = Number(at(key));
    return Number.isInteger(n) && n > 0 ? n : otherwise;
  };
  const query: Record<string, string> = { q: at("q") };
  for (const [key, first] of Object.entries(filters)) query[key] = key in address ? at(key) : first;
  return { query, page: whole("page", 1), size: Math.min(whole("size", firstSize), 200), sort: at("sort") };
}

/** writeView is the reverse: only what differs from the first view stands in the address. */
export function writeView(view: ListView, filters: Record<string, string>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(view.query)) {
    // A whole ID or mobile number finds a person, and must not stay in a history or a bookmark.
    if (key === "q" && /^\s*(\d{17}[\dXx]|(\+86)?1\d{10})\s*$/.test(value)) continue;
    // A cleared select or date gives undefined or null.
    if ((value || "") !== (filters[key] ?? "")) out[key] = value || "";
  }
  if (view.page > 1) out.page = String(view.page);
  if (view.size !== firstSize) out.size = String(view.size);
  if (view.sort) out.sort = view.sort;
  return out;
}

/**
 * useList loads pages with fetch. filters names the query parameters that the
 * page's search form may set, with their first values.
 */
export function useList<T>(
  fetch: (query: ListQuery & Record<string, string | number | undefined>) => Promise<Page<T>>,
  filters: Record<string, string> = {},
): ListState<T> {
  const route = useRoute();
  const router = useRouter();
  const items = ref([]) as Ref<T[]>;
  const total = ref(0);
  const loading = ref(false);
  const problem = ref<Problem | null>(null);
  const first = readView(route.query, filters);
  const query = reactive(first.query);
  const page = ref(first.page);
  const size = ref(first.size);
  const sort = ref(first.sort);
  const home = route.path;
  let written = "";
  let turn = 0;

  const view = (): ListView => ({ query: { ...query }, page: page.value, size: size.value, sort: sort.value });

  async function reload(): Promise<void> {
    const mine = ++turn;
    loading.value = true;
    problem.value = null;
    try {
      const filled = Object.fromEntries(Object.entries(query).filter(([, v]) => v));
      const answer = await fetch({ page: page.value, page_size: size.value, sort: sort.value || undefined, ...filled });
      if (mine !== turn) return; // a later request has been made meanwhile
      if (answer.items.length === 0 && answer.total > 0 && page.value > 1) {
        page.value = Math.ceil(answer.total / size.value); // the last page is gone
        return;
      }
      items.value = answer.items;
      total.value = answer.total;
    } catch (e) {
      if (mine === turn) problem.value = asProblem(e);
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  function show(): void {
    const next = writeView(view(), filters);
    written = JSON.stringify(next);
    void router.replace({ query: next });
    void reload();
  }

  function search(): void {
    if (page.value === 1) show();
    else page.value = 1; // its watcher shows
  }

  function clear(): void {
    Object.assign(query, { q: "", ...filters });
    search();
  }

  watch([page, size, sort], show);
  // Somebody else changed the address: the menu, or the way back.
  watch(
    () => route.query,
    (address) => {
      const next = readView(address, filters);
      if (route.path !== home || JSON.stringify(writeView(next, filters)) === written) return;
      Object.assign(query, next.query);
      if (page.value === next.page && size.value === next.size && sort.value === next.sort) void reload();
      [page.value, size.value, sort.value] = [next.page, next.size, next.sort];
      written = JSON.stringify(writeView(next, filters));
    },
  );
  written = JSON.stringify(writeView(first, filters));
  void reload();
  return { items, total, loading, problem, query, page, size, sort, search, clear, reload };
}
