// The sums that must meet before a sitting is signed off, in words.
import type { Closing } from "../api";

export type Sum = Closing["sums"][number];

/** sides are the two sides of a sum with their numbers: 应考 3，入场 2＋缺考 1. */
export function sides(s: Sum): { left: string; right: string } {
  const right = s.right.map((t) => `${t.name} ${t.n}`).join("＋");
  return { left: `${s.left.name} ${s.left.n}`, right: s.right.length > 1 ? `${right}＝${s.total}` : right };
}

/** meets says whether a sum meets, and by how much not. */
export function meets(s: Sum): string {
  return s.ok ? "✔ 一致" : `✖ 不一致，差 ${Math.abs(s.left.n - s.total)}`;
}

/** waiverOf is why a sitting was signed off although this did not meet. */
export function waiverOf(c: Pick<Closing, "waivers">, code: string): string {
  return c.waivers?.find((w) => w.code === code)?.reason ?? "";
}
