// Things that go on while nobody looks at the page: an alarm has to sound when
// the proctor has another window in front.
import { onBeforeUnmount } from "vue";

/** useAlways runs fn now and every so often, one run at a time. */
export function useAlways(fn: () => Promise<void>, ms: number): void {
  let running = false;
  const run = (): void => {
    if (running) return;
    running = true;
    void fn().finally(() => {
      running = false;
    });
  };
  run();
  const timer = setInterval(run, ms);
  onBeforeUnmount(() => clearInterval(timer));
}
