// State of a list page: search, filters, sort and page live in the address, so
// that a list can be shared, reloaded and gone back to.
import { reactive, ref, watch, type Ref } from "vue";
import { useRoute, useRouter } from "vue-router";
import { Problem } from "./problem";

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
  reload: () => Promise<void>;
}

/** One request of a list, as the server takes it. */
export interface ListQuery {
  page: number;
  page_size: number;
  sort?: string;
  q?: string;
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
  const items = ref<T[]>([]) as Ref<T[]>;
  const total = ref(0);
  const loading = ref(false);
  const problem = ref<Problem | null>(null);
  const query = reactive<Record<string, string>>({ q: "", ...filters });
  const page = ref(1);
  const size = ref(20);
  const sort = ref("");
  let turn = 0;

  function fromAddress(): void {
    const at = (key: string): string => (typeof route.query[key] === "string" ? (route.query[key] as string) : "");
    for (const key of Object.keys(query)) query[key] = at(key) || (filters[key] ?? "");
    page.value = Number(at("page")) || 1;
    size.value = Number(at("size")) || 20;
    sort.value = at("sort");
  }

  function toAddress(): void {
    const next: Record<string, string> = {};
    for (const [key, value] of Object.entries(query)) if (value) next[key] = value;
    if (page.value > 1) next.page = String(page.value);
    if (size.value !== 20) next.size = String(size.value);
    if (sort.value) next.sort = sort.value;
    void router.replace({ query: next });
  }

  async function reload(): Promise<void> {
    const mine = ++turn;
    loading.value = true;
    problem.value = null;
    try {
      const filled = Object.fromEntries(Object.entries(query).filter(([, v]) => v !== ""));
      const answer = await fetch({ page: page.value, page_size: size.value, sort: sort.value || undefined, ...filled });
      if (mine !== turn) return; // a later request has been made meanwhile
      items.value = answer.items;
      total.value = answer.total;
    } catch (e) {
      if (mine !== turn) return;
      problem.value = e instanceof Problem ? e : new Problem(0, "page.error", "页面出错，请刷新后重试", "");
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  function search(): void {
    page.value = 1;
    toAddress();
    void reload();
  }

  fromAddress();
  watch([page, size, sort], () => {
    toAddress();
    void reload();
  });
  void reload();
  return { items, total, loading, problem, query, page, size, sort, search, reload } as ListState<T>;
}
