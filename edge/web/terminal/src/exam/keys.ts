// The keyboard of the answering screen. Everything a mouse can do has a key.
import type { Item } from "../api";

export type Act =
  | { do: "choose"; key: string }
  | { do: "previous" | "next" | "flag" | "handin" | "help" | "bigger" | "smaller" | "clear" };

/** The part of a KeyboardEvent that matters. */
export interface Press {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

const plain: Record<string, Act> = {
  ArrowLeft: { do: "previous" }, PageUp: { do: "previous" },
  ArrowRight: { do: "next" }, PageDown: { do: "next" },
  m: { do: "flag" }, "?": { do: "help" }, "？": { do: "help" }, "+": { do: "bigger" }, "=": { do: "bigger" }, "-": { do: "smaller" },
  Delete: { do: "clear" },
};

const words: Record<string, string> = { t: "T", y: "T", f: "F", n: "F" };

/** What a key means at an item; undefined when it means nothing. */
export function act(p: Press, item: Item | undefined): Act | undefined {
  if (p.altKey || p.metaKey) return undefined;
  if (p.ctrlKey) return p.key === "Enter" ? { do: "handin" } : undefined;
  const key = p.key.length === 1 ? p.key.toLowerCase() : p.key;
  if (item?.type === "TF" && words[key]) return { do: "choose", key: words[key] };
  const option = item?.options.find((o, i) => o.letter.toLowerCase() === key || String(i + 1) === key);
  return option ? { do: "choose", key: option.key } : plain[key];
}

/** For the help overlay. */
export const help: [string, string][] = [
  ["A–F 或 1–6", "选择选项（多选题再按一次取消）"],
  ["T / F 或 Y / N", "判断题：正确 / 错误"],
  ["← / →", "上一题 / 下一题"],
  ["M", "标记本题，便于稍后检查"],
  ["Delete", "清除本题作答"],
  ["+ / -", "放大 / 缩小文字"],
  ["Tab、空格", "移动焦点、按下按钮"],
  ["Ctrl + Enter", "交卷"],
  ["?", "打开本说明，Esc 关闭"],
];
