// A console that nobody touches signs itself out (等保: 登录连接超时自动退出). What
// the page asks for by itself keeps the server's session alive, so the page has
// to notice. While a sitting runs it stays: a proctor watches without touching
// anything, and alarms must go on sounding.
import { onBeforeUnmount, onMounted } from "vue";
import { ask, client } from "../api";

/** As long as the server lets a session rest. */
export const restful = 30 * 60_000;

const signs = ["pointerdown", "pointermove", "keydown", "wheel"] as const;

/** mayLeave says whether an untouched console is to be left now. */
export function mayLeave(untouched: number, states: readonly string[]): boolean {
  return untouched >= restful && !states.includes("running");
}

/** useIdle calls leave when nobody has touched the page for long and no sitting runs. */
export function useIdle(leave: () => Promise<void>): void {
  let touched = performance.now();
  const touch = (): void => {
    touched = performance.now();
  };
  const look = async (): Promise<void> => {
    const untouched = performance.now() - touched;
    if (untouched < restful) return;
    const sittings = await ask(client.GET("/proctor/v1/sittings")).catch(() => null);
    if (sittings && mayLeave(untouched, sittings.items.map((s) => s.state))) await leave();
  };
  const timer = setInterval(() => void look(), 60_000);
  onMounted(() => signs.forEach((s) => document.addEventListener(s, touch, { passive: true })));
  onBeforeUnmount(() => {
    clearInterval(timer);
    signs.forEach((s) => document.removeEventListener(s, touch));
  });
}
