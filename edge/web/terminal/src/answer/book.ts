// The answers of one attempt as this machine knows them, and what of them the
// venue's server is known to have. Pure: no clock, no network, no disk.
//
// Order comes from revision numbers that count up for each item, never from a
// clock. The book never sends an older choice over a newer one, and never
// forgets a choice that has no receipt.
import type { Answer, Saved } from "../api";

/** A choice that was made here and has no receipt yet. */
interface Made {
  revision: number;
  choice: string[];
}

/** One item. */
export interface Entry {
  item: string;
  choice: string[];
  revision: number;
  /** Highest revision that is durable at the server. */
  acked: number;
  /** What was made here above acked, oldest first: to know our own again. */
  made: Made[];
  /** Place in the queue: rises with every change. */
  order: number;
  /** The server's words, when it refuses this choice for good. */
  refused?: string;
}

/** What a receipt or the server's own answers changed. */
export interface Outcome {
  changed: Entry[];
  /** Items that were refused, or where another machine's choice counts. */
  lost: string[];
  /** The server has other answers than we think: fetch them and merge. */
  ask: boolean;
}

const MADE_MAX = 50;

export class Book {
  entries = new Map<string, Entry>();
  private next = 1;

  load(entries: Entry[]): void {
    this.entries = new Map(entries.map((e) => [e.item, e]));
    this.next = 1 + Math.max(0, ...entries.map((e) => e.order));
  }

  choice(item: string): string[] {
    return this.entries.get(item)?.choice ?? [];
  }

  answered(item: string): boolean {
    return this.choice(item).length > 0;
  }

  /** A candidate's change: a revision more, at the end of the queue. */
  change(item: string, choice: string[]): Entry {
    const e = this.entries.get(item) ?? { item, choice: [], revision: 0, acked: 0, made: [], order: 0 };
    e.choice = [...choice];
    e.revision = Math.max(e.revision, e.acked) + 1;
    e.made = [...e.made, { revision: e.revision, choice: [...choice] }].slice(-MADE_MAX);
    e.order = this.next++;
    e.refused = undefined;
    this.entries.set(item, e);
    return this.entries.get(item) ?? e;
  }

  /** What is here only, in the order in which it was chosen. */
  pending(): Entry[] {
    return [...this.entries.values()]
      .filter((e) => e.revision > e.acked && e.refused === undefined)
      .sort((a, b) => a.order - b.order);
  }

  /** Answers that never reached the server, refused ones included. */
  unsaved(): Entry[] {
    return [...this.entries.values()].filter((e) => e.revision > e.acked);
  }

  /** The server's receipt for answers that were sent. */
  receipt(saved: Saved[]): Outcome {
    const out: Outcome = { changed: [], lost: [], ask: false };
    for (const s of saved) {
      const e = this.entries.get(s.item);
      if (!e) continue;
      if (s.code !== undefined) {
        this.refuse(e, s.revision, s.code, s.text ?? s.code, out);
      } else if (s.stale || s.revision > e.revision) {
        out.ask = true;
      } else {
        ack(e, s.revision);
        out.changed.push(e);
      }
    }
    return out;
  }

  /** The server refused this revision of an item. */
  refuse(e: Entry, revision: number, code: string, text: string, out: Outcome): void {
    if (code === "exam.answer.conflict" || code === "exam.answer.revision") {
      out.ask = true;
    } else if (revision === e.revision) {
      e.refused = text;
      out.changed.push(e);
      out.lost.push(e.item);
    }
  }

  /**
   * Takes up the answers the server has. Ours wins where it goes on from the
   * server's; the server's wins where another machine went on in between. Where
   * the server has less than it once confirmed, as after its disk was replaced,
   * ours is sent again.
   */
  merge(server: Answer[]): Outcome {
    const out: Outcome = { changed: [], lost: [], ask: false };
    const theirs = new Map(server.map((a) => [a.item, a]));
    for (const a of server) {
      const e = this.entries.get(a.item);
      if (!e || e.refused !== undefined || !this.ours(e, a)) {
        if (e && e.revision > e.acked && !same(e.choice, a.choice)) out.lost.push(a.item);
        out.changed.push(this.adopt(a));
      } else if (a.revision !== e.acked) {
        e.acked = a.revision;
        e.made = e.made.filter((m) => m.revision > a.revision);
        if (e.revision > e.acked && e.made.length === 0) e.made = [{ revision: e.revision, choice: [...e.choice] }];
        out.changed.push(e);
      }
    }
    for (const e of this.entries.values()) {
      if (theirs.has(e.item)) continue;
      if (e.refused !== undefined) {
        Object.assign(e, { choice: [], revision: 0, acked: 0, made: [], refused: undefined });
        out.lost.push(e.item);
        out.changed.push(e);
      } else if (e.acked > 0) {
        e.acked = 0;
        e.made = [{ revision: e.revision, choice: [...e.choice] }];
        out.changed.push(e);
      }
    }
    return out;
  }

  /** Whether the server's answer is one that was made here, or older than what it confirmed to us. */
  private ours(e: Entry, a: Answer): boolean {
    if (a.revision < e.acked) return true;
    if (a.revision === e.acked) return e.revision > e.acked || same(e.choice, a.choice);
    return e.made.some((m) => m.revision === a.revision && same(m.choice, a.choice));
  }

  private adopt(a: Answer): Entry {
    const e: Entry = {
      item: a.item, choice: [...a.choice], revision: a.revision, acked: a.revision, made: [], order: this.next++,
    };
    this.entries.set(a.item, e);
    return e;
  }
}

function ack(e: Entry, revision: number): void {
  if (revision <= e.acked) return;
  e.acked = revision;
  e.made = e.made.filter((m) => m.revision > revision);
}

/** Keys in any order. */
export function same(a: string[], b: string[]): boolean {
  return a.length === b.length && [...a].sort().join() === [...b].sort().join();
}
