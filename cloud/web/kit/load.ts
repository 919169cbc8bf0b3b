// One thing loaded from the server, with the three states every page shows;
// and things that change while one looks at them.
import { onBeforeUnmount, ref, type Ref } from "vue";
import { asProblem, type Problem } from "./problem";

export interface Loaded<T> {
  data: Ref<T | null>;
  loading: Ref<boolean>;
  problem: Ref<Problem | null>;
  at: Ref<number>; // when data was true, by this computer's clock
  reload: () => Promise<void>;
}

/** useLoad loads at once and on reload; what was loaded stays while it reloads. */
export function useLoad<T>(fetch: () => Promise<T>): Loaded<T> {
  const data = ref(null) as Ref<T | null>;
  const loading = ref(false);
  const problem = ref<Problem | null>(null);
  const at = ref(0);
  let turn = 0;

  async function reload(): Promise<void> {
    const mine = ++turn;
    loading.value = true;
    try {
      const answer = await fetch();
      if (mine !== turn) return; // a later request has been made meanwhile
      data.value = answer;
      problem.value = null;
      at.value = Date.now();
    } catch (e) {
      if (mine === turn) problem.value = asProblem(e);
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  void reload();
  return { data, loading, problem, at, reload };
}

/** usePoll runs fn every so often while the page is visible, one run at a time. */
export function usePoll(fn: () => Promise<void>, ms: number): void {
  let running = false;
  const timer = setInterval(() => {
    if (running || document.hidden) return;
    running = true;
    void fn().finally(() => {
      running = false;
    });
  }, ms);
  onBeforeUnmount(() => clearInterval(timer));
}

/** useNow ticks, so that ages on a page grow by themselves. */
export function useNow(ms = 1000): Ref<number> {
  const now = ref(Date.now());
  const timer = setInterval(() => {
    now.value = Date.now();
  }, ms);
  onBeforeUnmount(() => clearInterval(timer));
  return now;
}
