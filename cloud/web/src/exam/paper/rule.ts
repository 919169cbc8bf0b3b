// A paper rule as its form edits it. The contract counts points in tenths and
// leaves out what a section does not ask for; people count in points and see
// five fields of difficulty.
import type { Schemas } from "../../api";

export type Draft = Schemas["PaperDraft"];
export type SectionType = Schemas["PaperSection"]["type"];

export interface SectionForm {
  key: number; // of the row on the page
  type: SectionType;
  count: number;
  each: number; // points
  subs: number;
  chapters: { chapter: string; min: number; max: number }[];
  shares: number[]; // percent of levels 1 to 5; all zero: as the bank gives
}

export interface RuleForm {
  name: string;
  category: string;
  subject: string;
  minutes: number;
  pass: number; // points
  shuffle: boolean;
  shuffle_options: boolean;
  multi_partial: boolean;
  show_score: boolean;
  early_minutes: number;
  avoid_papers: number;
  overlap_cap: number; // percent; 0: no cap
  sections: SectionForm[];
}

let keys = 0;

/** newSection is a section with what is usual for its type. */
export function newSection(type: SectionType): SectionForm {
  const usual = { TF: [30, 1], SINGLE: [40, 1], MULTI: [10, 2], CASE: [2, 1] }[type] as [number, number];
  return { key: ++keys, type, count: usual[0], each: usual[1], subs: type === "CASE" ? 5 : 0, chapters: [], shares: [0, 0, 0, 0, 0] };
}

/** newRule is an empty form. */
export function newRule(): RuleForm {
  return {
    name: "",
    category: "09002",
    subject: "区域科目",
    minutes: 60,
    pass: 60,
    shuffle: true,
    shuffle_options: true,
    multi_partial: false,
    show_score: true,
    early_minutes: 10,
    avoid_papers: 0,
    overlap_cap: 0,
    sections: [newSection("TF"), newSection("SINGLE"), newSection("MULTI")],
  };
}

/** fromRule fills the form with a stored rule. */
export function fromRule(r: Schemas["ExamRule"], limits: Pick<RuleForm, "avoid_papers" | "overlap_cap"> = { avoid_papers: 0, overlap_cap: 0 }): RuleForm {
  return {
    name: r.name,
    category: r.category,
    subject: r.subject,
    minutes: r.minutes,
    pass: r.pass / 10,
    shuffle: r.shuffle,
    shuffle_options: r.shuffle_options,
    multi_partial: r.multi_partial,
    show_score: r.show_score,
    early_minutes: r.early_minutes,
    avoid_papers: limits.avoid_papers,
    overlap_cap: limits.overlap_cap,
    sections: r.sections.map((s) => ({
      key: ++keys,
      type: s.type as SectionType,
      count: s.count,
      each: s.each / 10,
      subs: s.subs ?? 0,
      chapters: (s.chapters ?? []).map((c) => ({ chapter: c.chapter, min: c.min, max: c.max ?? 0 })),
      shares: [1, 2, 3, 4, 5].map((level) => s.difficulty?.find((d) => d.level === level)?.percent ?? 0),
    })),
  };
}

const tenths = (points: number): number => Math.round(points * 10);

/** toDraft is what is sent. */
export function toDraft(f: RuleForm): Draft {
  return {
    name: f.name.trim(),
    category: f.category,
    subject: f.subject,
    minutes: f.minutes,
    pass: tenths(f.pass),
    shuffle: f.shuffle,
    shuffle_options: f.shuffle_options,
    multi_partial: f.multi_partial,
    show_score: f.show_score,
    early_minutes: f.early_minutes,
    avoid_papers: f.avoid_papers,
    overlap_cap: f.overlap_cap,
    sections: f.sections.map((s) => ({
      type: s.type,
      count: s.count,
      each: tenths(s.each),
      ...(s.type === "CASE" ? { subs: s.subs } : {}),
      ...(s.chapters.some((c) => c.chapter) ? { chapters: s.chapters.filter((c) => c.chapter) } : {}),
      ...(s.shares.some((p) => p > 0) ? { difficulty: s.shares.flatMap((percent, i) => (percent > 0 ? [{ level: i + 1, percent }] : [])) } : {}),
    })),
  };
}

/** worth is the points of a section; a case counts each of its sub-questions. */
export function worth(s: SectionForm): number {
  return s.count * s.each * (s.type === "CASE" ? s.subs : 1);
}

/** sharesSum is how much of the difficulty is given out; it must be 0 or 100. */
export function sharesSum(s: SectionForm): number {
  return s.shares.reduce((n, p) => n + p, 0);
}
