// How this machine shows questions: text size and the layout of case questions.
import { reactive, watch } from "vue";

const KEY = "huyun.view";
export const SIZES = [20, 24, 28, 34];

interface Prefs {
  size: number;
  split: "columns" | "rows";
}

function load(): Prefs {
  const fallback: Prefs = { size: 1, split: "columns" };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Prefs>;
    return {
      size: typeof kept.size === "number" && SIZES[kept.size] !== undefined ? kept.size : fallback.size,
      split: kept.split === "rows" ? "rows" : "columns",
    };
  } catch {
    return fallback;
  }
}

export const prefs = reactive(load());
watch(prefs, (p) => localStorage.setItem(KEY, JSON.stringify(p)));

export function resize(by: -1 | 1): void {
  prefs.size = Math.min(SIZES.length - 1, Math.max(0, prefs.size + by));
}
