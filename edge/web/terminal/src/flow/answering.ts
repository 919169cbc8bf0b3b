// The exam itself: the paper, changes, their way to the server, the hand-in.
import { Refusal, Unreachable } from "@huyun/protocol";
import type { Item, Paper, Place, Receipt, Sheet } from "../api";
import type { Outcome } from "../answer/book";
import { Sender, troubleOf, type Trouble } from "../answer/sender";
import { unanswered } from "../exam/card";
import type { Channel } from "../link/channel";
import { placeOf } from "./place";
import { book, state, writable } from "./state";
import { claim, loadAnswers, loadPaper, loadView, saveAnswers, savePaper, saveView } from "./store";

/** What the machine behind this module does with news. */
export interface Owner {
  channel: Channel;
  received: (r: Receipt) => void;
  trouble: (t: Trouble, e: unknown) => void;
}

let owner: Owner | null = null;
let key = "";
let sender: Sender | null = null;

/** The answers of an attempt on this machine: the same at every login. */
const attemptKey = (sitting: string, admission: string): string => `${sitting}/${admission}`;

/** After a reload: goes on with what is here before the server has said a word. */
export async function reopen(o: Owner): Promise<void> {
  const kept = state.session && loadPaper(state.session.id);
  if (!kept) return;
  await begin(o, kept.attempt);
  await restoreView(kept.sheet);
  state.sheet = kept.sheet;
}

/** What is here of an attempt that ended while no page was open, so that what came too late is shown. */
export async function recall(sitting: string): Promise<void> {
  const attempt = attemptKey(sitting, state.session?.candidate.admission ?? "");
  if (key === attempt) return;
  key = attempt;
  book.load(await loadAnswers(attempt));
}

/** Fetches the paper and what the server has, and joins it with what is here. */
export async function openPaper(o: Owner): Promise<void> {
  const session = state.session;
  if (!session || !state.status) return;
  const paper = await o.channel.json<Paper>("GET", "/terminal/v1/paper");
  const attempt = attemptKey(state.status.sitting, session.candidate.admission);
  if (key !== attempt) await begin(o, attempt);
  await settle(book.merge(paper.answers ?? []));
  // Before the paper is shown: a heartbeat in between would tell the venue of a wrong place.
  if (state.sheet === null) await restoreView(paper.sheet, paper.place);
  state.sheet = paper.sheet;
  savePaper({ session: session.id, attempt, sheet: paper.sheet });
  sender?.kick();
}

async function begin(o: Owner, attempt: string): Promise<void> {
  owner = o;
  key = attempt;
  await claim(attempt);
  book.load(await loadAnswers(attempt));
  sender?.stop();
  sender = new Sender({
    book,
    send: (answers) =>
      answers.length === 1
        ? o.channel.write<Receipt>("/terminal/v1/answer", answers[0])
        : o.channel.write<Receipt>("/terminal/v1/answers", { answers }),
    keep: (entries) => saveAnswers(key, entries),
    received: (r) => {
      state.trouble = "";
      o.received(r);
    },
    outcome: note,
    trouble: (t, e) => {
      state.trouble = t === "wait" && e instanceof Refusal && !state.status?.paused ? e.text : "";
      o.trouble(t, e);
    },
    merge: async () => settle(book.merge((await o.channel.json<Paper>("GET", "/terminal/v1/paper")).answers ?? [])),
  });
}

async function settle(out: Outcome): Promise<void> {
  await saveAnswers(key, out.changed);
  note(out);
}

function note(out: Outcome): void {
  state.lost = [...new Set([...state.lost, ...out.lost])];
}

/** On this machine's disk first, then on its way. */
export async function answer(item: Item, choice: string[]): Promise<void> {
  if (!writable()) return;
  state.lost = state.lost.filter((no) => no !== item.no);
  const entry = book.change(item.no, choice);
  await saveAnswers(key, [entry]);
  sender?.kick();
}

export function kick(): void {
  sender?.kick();
}

/** Ends the sending; what is here stays on disk. */
export function close(): void {
  sender?.stop();
  sender = null;
  savePaper(null);
  state.sheet = null;
}

/** Forgets the attempt in memory. */
export function forget(): void {
  close();
  key = "";
  owner = null;
  book.load([]);
  state.flags = new Set();
  state.current = 0;
  state.lost = [];
}

export function go(index: number): void {
  const items = state.sheet?.items ?? [];
  if (index < 0 || index >= items.length) return;
  state.current = index;
  keepView();
}

export function toggleFlag(no: string): void {
  if (!state.flags.delete(no)) state.flags.add(no);
  keepView();
}

function keepView(): void {
  void saveView({ attempt: key, current: state.current, flags: [...state.flags] });
}

/** Where the candidate was, here or, by the venue's word, at another machine. */
async function restoreView(sheet: Sheet, place?: Place): Promise<void> {
  const view = await loadView();
  const own = view?.attempt === key ? view : undefined;
  const seat = state.session?.candidate.seat ?? "";
  const start = placeOf(sheet.items, own, place, seat, (no) => book.answered(no));
  state.current = start.current;
  state.flags = start.flags;
  if (place) keepView();
}

export type HandIn = { ok: true } | { ok: false; wait: boolean; text: string };

/** Asks for the hand-in. With answers still on their way, or nobody there, it says to wait: nothing has been handed in. */
export async function handIn(): Promise<HandIn> {
  if (!owner || !state.sheet) return { ok: false, wait: false, text: "试卷尚未载入，请稍候" };
  if (book.pending().length > 0) {
    sender?.kick();
    return { ok: false, wait: true, text: `正在保存最后 ${book.pending().length} 题，保存后自动交卷…` };
  }
  try {
    await owner.channel.write("/terminal/v1/handin", { unanswered: unanswered(state.sheet.items, book).length });
    return { ok: true };
  } catch (e) {
    return refusedHandIn(e, owner);
  }
}

function refusedHandIn(e: unknown, o: Owner): HandIn {
  if (e instanceof Unreachable) return { ok: false, wait: true, text: "暂时联系不上考场服务器，作答已保存在本机，恢复后自动交卷…" };
  if (!(e instanceof Refusal)) throw e;
  if (e.code === "exam.attempt.handin.state") return { ok: true }; // the answer to an earlier try was lost
  if (e.code === "exam.handin.unanswered") {
    void openPaper(o).catch(() => undefined);
    return { ok: false, wait: false, text: e.text };
  }
  const trouble = troubleOf(e);
  if (trouble === "fenced" || trouble === "login") o.trouble(trouble, e);
  return { ok: false, wait: false, text: e.text };
}
