// The words of the matter catalogue; dictionaries come from the server.
import type { States } from "../../../kit/StateTag.vue";

export const matterStates: States = { CURRENT: { text: "现行", tone: "good" }, RETIRED: { text: "已停办", tone: "off" } };

/** confidences is how sure a line of a definition is, by its words. */
export const confidences: States = {
  已核实: { text: "已核实", tone: "good" },
  未逐字核对: { text: "未逐字核对", tone: "busy" },
  待业主确认: { text: "待业主确认", tone: "warn" },
};

export const changes: States = {
  SAME: { text: "相同", tone: "off" },
  CHANGED: { text: "修改", tone: "warn" },
  ADDED: { text: "新增", tone: "good" },
  REMOVED: { text: "删除", tone: "bad" },
};

/** channels in the order in which pages show them. */
export const channelNames: Record<string, string> = { W: "窗口", O: "网上", X: "跨省通办", K: "自助终端", R: "可预约", E: "企业端" };

/** days is a period in words: 0 is none. */
export function days(n: number): string {
  return n === 0 ? "—" : `${n} 个工作日`;
}

export interface Parts {
  head: string;
  was: string;
  is: string;
  tail: string;
}

/** differing splits two texts into what they share before and after, and what differs between. */
export function differing(older: string, newer: string): Parts {
  const a = [...older];
  const b = [...newer];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const text = (of: string[], from: number, to: number): string => of.slice(from, to).join("");
  return {
    head: text(a, 0, head),
    was: text(a, head, a.length - tail),
    is: text(b, head, b.length - tail),
    tail: text(a, a.length - tail, a.length),
  };
}
