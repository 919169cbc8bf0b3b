import { Refusal, Unreachable } from "@huyun/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Answer, Receipt } from "../api";
import { Book } from "./book";
import { Sender, troubleOf, type SenderNeeds } from "./sender";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const fine = (answers: Answer[]): Receipt => ({
  saved: answers.map((a) => ({ item: a.item, revision: a.revision })), remaining_ms: 1000, counter: 1,
});

/** A sender over a line that answers with what `line` says, one call after the other; then fine. */
function make(line: (Error | ((a: Answer[]) => Receipt | Promise<Receipt>))[] = []) {
  const book = new Book();
  const sent: Answer[][] = [];
  const troubles: string[] = [];
  const needs: SenderNeeds = {
    book,
    send: async (answers) => {
      sent.push(answers);
      const next = line.shift() ?? fine;
      if (next instanceof Error) throw next;
      return next(answers);
    },
    keep: async () => undefined,
    received: () => undefined,
    outcome: () => undefined,
    trouble: (t) => troubles.push(t),
    merge: vi.fn(async () => undefined),
    random: () => 0.5,
  };
  return { book, sent, troubles, needs, sender: new Sender(needs) };
}

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const gone = (): Unreachable => new Unreachable("cut");
const refused = (code: string, status = 409): Refusal => new Refusal(status, code, code);

it("sends one answer and is done", async () => {
  const { book, sent, sender } = make();
  book.change("1", ["A"]);
  sender.kick();
  await settle();
  expect(sent).toEqual([[{ item: "1", revision: 1, choice: ["A"] }]]);
  expect(book.pending()).toEqual([]);
});

it("has one request on its way at a time; what was chosen meanwhile follows in one batch", async () => {
  let release = (): void => undefined;
  const slow = (a: Answer[]): Promise<Receipt> => new Promise((r) => (release = () => r(fine(a))));
  const { book, sent, sender } = make([slow]);
  book.change("1", ["A"]);
  sender.kick();
  await settle();
  book.change("2", ["B"]);
  book.change("3", ["C"]);
  book.change("2", ["D"]);
  sender.kick();
  sender.kick();
  await settle();
  expect(sent).toHaveLength(1);
  release();
  await settle();
  expect(sent[1]).toEqual([{ item: "3", revision: 1, choice: ["C"] }, { item: "2", revision: 2, choice: ["D"] }]);
  expect(sent).toHaveLength(2);
});

it("keeps trying, slower and slower, and loses nothing", async () => {
  const { book, sent, troubles, sender } = make(Array.from({ length: 30 }, gone));
  book.change("1", ["A"]);
  sender.kick();
  await settle(5 * 60_000);
  expect(sent.length).toBe(31);
  expect(new Set(troubles)).toEqual(new Set(["offline"]));
  expect(book.pending()).toEqual([]);
});

it("tries at once when the link is back", async () => {
  const { book, sent, sender } = make(Array.from({ length: 6 }, gone));
  book.change("1", ["A"]);
  sender.kick();
  await settle(10_000);
  const before = sent.length;
  sender.kick();
  await settle();
  expect(sent.length).toBeGreaterThan(before);
});

// Complaint 3 (the server answers, but with errors), at the terminal.
it("keeps answers through a server that answers with errors", async () => {
  const { book, sender, troubles } = make([refused("internal", 500), refused("store.full", 503), refused("exam.attempt.paused", 412)]);
  book.change("1", ["A"]);
  sender.kick();
  await settle(60_000);
  expect(troubles).toEqual(["wait", "wait", "wait"]);
  expect(book.pending()).toEqual([]);
});

it.each([
  ["exam.session.fenced", "fenced"], ["exam.session.missing", "login"], ["exam.attempt.save.state", "over"], ["exam.attempt.time", "over"],
])("stops after %s with the answer kept", async (code, trouble) => {
  const { book, sent, sender, troubles } = make([refused(code)]);
  book.change("1", ["A"]);
  sender.kick();
  await settle(60_000);
  expect(sent).toHaveLength(1);
  expect(troubles).toEqual([trouble]);
  expect(book.pending()).toHaveLength(1);
});

it("goes on after time was up when somebody granted more", async () => {
  const { book, sender } = make([refused("exam.attempt.time")]);
  book.change("1", ["A"]);
  sender.kick();
  await settle(1000);
  sender.kick();
  await settle();
  expect(book.pending()).toEqual([]);
});

it("asks for the server's answers at a conflict", async () => {
  const { book, sender, needs } = make([refused("exam.answer.conflict")]);
  book.change("1", ["A"]);
  sender.kick();
  await settle();
  expect(needs.merge).toHaveBeenCalledOnce();
});

it("gives one refused answer up, and sends the others", async () => {
  const { book, sent, sender } = make([refused("exam.answer.choice", 400)]);
  book.change("1", ["Z"]);
  sender.kick();
  await settle();
  book.change("2", ["B"]);
  sender.kick();
  await settle();
  expect(book.entries.get("1")?.refused).toBe("exam.answer.choice");
  expect(sent[1]?.map((a) => a.item)).toEqual(["2"]);
});

it("sends a large backlog in batches of 200", async () => {
  const { book, sent, sender } = make();
  for (let i = 0; i < 450; i++) book.change(String(i), ["A"]);
  sender.kick();
  await settle();
  expect(sent.map((s) => s.length)).toEqual([200, 200, 50]);
  expect(sent.flat().map((a) => a.item)).toEqual(Array.from({ length: 450 }, (_, i) => String(i)));
});

it("takes an unknown failure for one that passes", () => {
  expect(troubleOf(new Error("?"))).toBe("wait");
});
