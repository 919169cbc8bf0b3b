// A scheme as its form edits it: people count in points, the contract in tenths.
import type { Schemas } from "../../api";

type Draft = Schemas["PracticalDraft"];

export interface ItemForm {
  id: string;
  name: string;
  full: number; // points
  deductions: { id: string; text: string; points: number; fails: "" | "item" | "exam" }[];
}

export interface SchemeForm {
  category: string;
  name: string;
  pass: number; // points
  minutes: number;
  items: ItemForm[];
}

export function emptyForm(): SchemeForm {
  return { category: "01001", name: "", pass: 80, minutes: 30, items: [] };
}

/** free is the lowest number that no entry has. */
function free(list: { id: string }[]): string {
  let n = 1;
  while (list.some((x) => x.id === String(n))) n++;
  return String(n);
}

export function addDeduction(item: ItemForm): void {
  item.deductions.push({ id: free(item.deductions), text: "", points: 5, fails: "" });
}

export function addItem(form: SchemeForm): void {
  const item: ItemForm = { id: free(form.items), name: "", full: 20, deductions: [] };
  addDeduction(item);
  form.items.push(item);
}

export function total(form: SchemeForm): number {
  return form.items.reduce((n, i) => n + i.full, 0);
}

export function fromScheme(s: Pick<Draft, "category" | "name" | "pass" | "minutes" | "items">): SchemeForm {
  return {
    category: s.category,
    name: s.name,
    pass: s.pass / 10,
    minutes: s.minutes,
    items: s.items.map((i) => ({
      id: i.id,
      name: i.name,
      full: i.full / 10,
      deductions: i.deductions.map((d) => ({ id: d.id, text: d.text, points: d.points / 10, fails: d.fails ?? "" })),
    })),
  };
}

const tenths = (points: number): number => Math.round(points * 10);

export function toDraft(f: SchemeForm): Draft {
  return {
    category: f.category,
    name: f.name.trim(),
    pass: tenths(f.pass),
    minutes: f.minutes,
    items: f.items.map((i) => ({
      id: i.id,
      name: i.name.trim(),
      full: tenths(i.full),
      deductions: i.deductions.map((d) => ({ id: d.id, text: d.text.trim(), points: tenths(d.points), ...(d.fails ? { fails: d.fails } : {}) })),
    })),
  };
}
