// The sums that must meet before a sitting is signed off, in words.
import { time } from "@kit/format";
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

/** outage says when the venue's server did not run, as the form keeps it. */
export function outage(o: Closing["outages"][number]): string {
  const since = o.last.startsWith("0001") ? "" : `，此前最后一条记录 ${time(o.last)}`;
  return `考场服务器${o.clean ? "" : "中断后"}于 ${time(o.at)} 重新启动${since}；停机期间不计考试时间`;
}

/** exempted says which check before the exam was let pass, and why. */
export function exempted(e: Closing["exempted"][number]): string {
  return `考前检查豁免：${e.name}，原因：${e.reason}`;
}
