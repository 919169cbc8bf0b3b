// Ships the book's pending answers to the venue's server, one request at a
// time, in order, again and again until each has its receipt or is refused for
// good. How long to wait between tries is all it decides by itself.
import { Refusal, Unreachable } from "@huyun/protocol";
import type { Answer, Receipt } from "../api";
import type { Book, Entry, Outcome } from "./book";

/** What a failure means for the answers that wait. */
export type Trouble =
  | "offline" // nobody answers: keep and try again
  | "wait" // paused, or the server cannot just now: keep and try again
  | "over" // handed in or out of time: keep, do not try again
  | "fenced" // the candidate sits elsewhere now
  | "login" // the session is gone
  | "merge" // revisions differ: fetch and merge
  | "refused"; // this answer, for good

const over = new Set(["exam.attempt.save.state", "exam.attempt.time", "exam.attempt.missing"]);
const login = new Set(["exam.session.missing", "envelope.request", "seating.terminal.missing"]);

export function troubleOf(e: unknown): Trouble {
  if (e instanceof Unreachable) return "offline";
  if (!(e instanceof Refusal)) return "wait";
  if (e.code === "exam.session.fenced") return "fenced";
  if (over.has(e.code)) return "over";
  if (login.has(e.code)) return "login";
  if (e.code === "exam.answer.conflict" || e.code === "exam.answer.revision") return "merge";
  if (e.code === "exam.answer.item" || e.code === "exam.answer.choice") return "refused";
  return "wait";
}

export interface SenderNeeds {
  book: Book;
  send: (answers: Answer[]) => Promise<Receipt>;
  /** Makes changed entries durable on this machine. */
  keep: (entries: Entry[]) => Promise<void>;
  received: (r: Receipt) => void;
  outcome: (o: Outcome) => void;
  trouble: (t: Trouble, e: unknown) => void;
  /** Fetches the server's answers and merges them into the book. */
  merge: () => Promise<void>;
  /** 0 to 1, for jitter. */
  random?: () => number;
}

const BATCH = 200;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 6000;

export class Sender {
  private busy = false;
  private stopped = false;
  private wait = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Items in the request that is on its way. */
  flying: string[] = [];

  constructor(private readonly needs: SenderNeeds) {}

  /** Something is pending, or the link is back: try now. */
  kick(): void {
    this.wait = FIRST_WAIT_MS;
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    if (this.busy || this.stopped) return;
    clearTimeout(this.timer);
    this.busy = true;
    try {
      while (!this.stopped && (await this.round()));
    } finally {
      this.busy = false;
      this.flying = [];
    }
  }

  /** Sends what is pending; true when there may be more to send at once. */
  private async round(): Promise<boolean> {
    const entries = this.needs.book.pending().slice(0, BATCH);
    if (entries.length === 0) return false;
    const answers = entries.map((e) => ({ item: e.item, revision: e.revision, choice: [...e.choice] }));
    this.flying = answers.map((a) => a.item);
    try {
      const receipt = await this.needs.send(answers);
      this.wait = FIRST_WAIT_MS;
      this.needs.received(receipt);
      await this.settle(this.needs.book.receipt(receipt.saved));
      return true;
    } catch (e) {
      return this.failed(e, answers);
    } finally {
      this.flying = [];
    }
  }

  private async settle(out: Outcome): Promise<void> {
    await this.needs.keep(out.changed);
    this.needs.outcome(out);
    if (out.ask) await this.needs.merge();
  }

  private async failed(e: unknown, answers: Answer[]): Promise<boolean> {
    const trouble = troubleOf(e);
    this.needs.trouble(trouble, e);
    const first = answers[0];
    switch (trouble) {
      case "fenced":
      case "login":
        this.stop();
        return false;
      case "over":
        return false; // until somebody kicks: time may be granted
      case "merge":
        try {
          await this.needs.merge();
        } catch (again) {
          this.needs.trouble(troubleOf(again), again);
        }
        break;
      case "refused": {
        const entry = first && this.needs.book.entries.get(first.item);
        if (entry && e instanceof Refusal) {
          const out: Outcome = { changed: [], lost: [], ask: false };
          this.needs.book.refuse(entry, first.revision, e.code, e.text, out);
          await this.settle(out);
          return true;
        }
        break;
      }
      default:
    }
    this.later();
    return false;
  }

  private later(): void {
    const jitter = 0.75 + (this.needs.random ?? Math.random)() / 2;
    this.timer = setTimeout(() => void this.run(), this.wait * jitter);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }
}
