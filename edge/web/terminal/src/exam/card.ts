// The answer card: what each number shows, and where keys and buttons lead.
import type { Item } from "../api";
import type { Book, Entry } from "../answer/book";

/** Where an answer lies. */
export type SaveState = "none" | "saving" | "saved" | "kept" | "refused";

export interface Cell {
  no: string;
  index: number;
  answered: boolean;
  current: boolean;
  flagged: boolean;
  save: SaveState;
  /** What a screen reader says. */
  label: string;
}

export const saveNames: Record<SaveState, string> = {
  none: "", saving: "保存中", saved: "已保存", kept: "待同步", refused: "未被接受",
};

/** Kept means: on this machine only, because the server cannot be reached. */
export function saveState(e: Entry | undefined, online: boolean): SaveState {
  if (!e || e.revision === 0) return "none";
  if (e.refused !== undefined) return "refused";
  if (e.revision <= e.acked) return "saved";
  return online ? "saving" : "kept";
}

/** The worst of all: the mark in the bar. */
export function overall(book: Book, online: boolean): SaveState {
  const states = new Set([...book.entries.values()].map((e) => saveState(e, online)));
  const worst: SaveState[] = ["refused", "kept", "saving", "saved"];
  return worst.find((s) => states.has(s)) ?? "none";
}

export function cells(items: Item[], book: Book, flags: Set<string>, current: number, online: boolean): Cell[] {
  return items.map((it, index) => {
    const cell: Omit<Cell, "label"> = {
      no: it.no, index, answered: book.answered(it.no), current: index === current, flagged: flags.has(it.no),
      save: saveState(book.entries.get(it.no), online),
    };
    const words = [`第 ${it.no} 题`, cell.answered ? "已答" : "未答"];
    if (cell.current) words.push("当前题");
    if (cell.flagged) words.push("已标记");
    if (cell.save !== "none" && cell.save !== "saved") words.push(saveNames[cell.save]);
    return { ...cell, label: words.join("，") };
  });
}

export function unanswered(items: Item[], book: Book): Item[] {
  return items.filter((it) => !book.answered(it.no));
}

/** A tap or key on an option: the new choice. A single choice replaces, a multiple one toggles. */
export function choose(it: Item, now: string[], key: string): string[] {
  if (it.type !== "MULTI") return [key];
  const next = now.includes(key) ? now.filter((k) => k !== key) : [...now, key];
  return it.options.map((o) => o.key).filter((k) => next.includes(k));
}
