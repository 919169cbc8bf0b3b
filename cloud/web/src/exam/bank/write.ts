// A question as its author types it. The contract keys options by letter and
// leaves out what a type does not have; a form keeps what was typed while the
// type changes.
import type { Schemas } from "../../api";

export type Draft = Schemas["BankForm"];
export type Type = Draft["type"];
type SubDraft = Schemas["BankSubForm"];
type Media = Schemas["BankMediaForm"];
type Stored = Schemas["ExamQuestion"];

export const letters = "ABCDEF";

/** PartForm is what a question and a sub-question have in common. */
export interface PartForm {
  key: number; // of the row on the page
  type: Type;
  stem: string;
  media: Media[];
  options: string[];
  right: string[]; // letters, or T and F
  law: string;
  explain: string;
}

export interface QuestionForm extends PartForm {
  industry: string;
  categories: string[];
  subject: string;
  chapter: string;
  difficulty: number;
  sub: PartForm[];
}

let keys = 0;

export function newPart(type: Type): PartForm {
  return { key: ++keys, type, stem: "", media: [], options: ["", "", "", ""], right: [], law: "", explain: "" };
}

export function newQuestion(): QuestionForm {
  return { ...newPart("SINGLE"), industry: "", categories: [], subject: "理论", chapter: "", difficulty: 3, sub: [newPart("TF"), newPart("SINGLE")] };
}

function partOf(q: Stored): PartForm {
  const options = (q.options ?? []).map((o) => o.text);
  return {
    key: ++keys,
    type: q.type as Type,
    stem: q.stem,
    media: (q.media ?? []).map((m) => ({ digest: m.digest, type: m.type as Media["type"] })),
    options: options.length ? options : ["", "", "", ""],
    right: [...(q.answer ?? [])],
    law: q.law_ref,
    explain: q.explain ?? "",
  };
}

/** fromQuestion fills the form with a stored question. */
export function fromQuestion(q: Stored): QuestionForm {
  const sub = (q.sub ?? []).map(partOf);
  return {
    ...partOf(q),
    industry: q.industry,
    categories: [...q.categories],
    subject: q.subject,
    chapter: q.chapter,
    difficulty: q.difficulty,
    sub: sub.length ? sub : [newPart("TF"), newPart("SINGLE")],
  };
}

const chooses = (type: Type): boolean => type === "SINGLE" || type === "MULTI";

function part(f: PartForm): SubDraft {
  const texts = f.options.map((o) => o.trim());
  while (texts.length && !texts[texts.length - 1]) texts.pop(); // an empty one before others is refused by the server
  const answers = f.type === "TF" ? ["T", "F"] : [...letters.slice(0, texts.length)];
  return {
    type: f.type as SubDraft["type"],
    stem: f.stem.trim(),
    media: f.media,
    ...(chooses(f.type) ? { options: texts } : {}),
    ...(f.type === "CASE" ? {} : { answer: f.right.filter((r) => answers.includes(r)).sort() }),
    law_ref: f.law.trim(),
    explain: f.explain.trim(),
  };
}

/** toDraft is what is sent. */
export function toDraft(f: QuestionForm): Draft {
  return {
    ...part(f),
    type: f.type,
    industry: f.industry,
    categories: f.categories,
    subject: f.subject,
    chapter: f.chapter.trim(),
    difficulty: f.difficulty,
    ...(f.type === "CASE" ? { sub: f.sub.map(part) } : {}),
  };
}
