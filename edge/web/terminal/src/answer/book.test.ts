import { describe, expect, it } from "vitest";
import type { Answer, Saved } from "../api";
import { Book, same } from "./book";

const server = (item: string, revision: number, ...choice: string[]): Answer => ({ item, revision, choice });
const receipt = (item: string, revision: number, more: Partial<Saved> = {}): Saved => ({ item, revision, ...more });

describe("changes", () => {
  it("count revisions up by item and queue in the order of the last change", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.change("2", ["B"]);
    b.change("1", ["C"]);
    expect(b.pending().map((e) => [e.item, e.revision, e.choice])).toEqual([["2", 1, ["B"]], ["1", 2, ["C"]]]);
  });

  it("go on above what the server has", () => {
    const b = new Book();
    b.merge([server("1", 7, "A")]);
    expect(b.change("1", ["B"]).revision).toBe(8);
  });

  it("survive a reload: order and revisions go on", () => {
    const a = new Book();
    a.change("1", ["A"]);
    a.change("2", ["B"]);
    const b = new Book();
    b.load(JSON.parse(JSON.stringify([...a.entries.values()])));
    b.change("1", ["C"]);
    expect(b.pending().map((e) => [e.item, e.revision])).toEqual([["2", 1], ["1", 2]]);
  });
});

describe("receipts", () => {
  it("take an answer off the queue", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.receipt([receipt("1", 1)]);
    expect(b.pending()).toEqual([]);
  });

  it("leave a change that was made while the request was on its way", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.change("1", ["B"]);
    b.receipt([receipt("1", 1)]);
    expect(b.pending().map((e) => [e.revision, e.choice])).toEqual([[2, ["B"]]]);
  });

  it("that come late or twice take nothing back", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.change("1", ["B"]);
    b.receipt([receipt("1", 2)]);
    b.receipt([receipt("1", 1)]);
    expect(b.entries.get("1")?.acked).toBe(2);
  });

  it("of a stale answer ask for the server's", () => {
    const b = new Book();
    b.change("1", ["A"]);
    expect(b.receipt([receipt("1", 5, { stale: true })]).ask).toBe(true);
    expect(b.pending()).toHaveLength(1);
  });

  it("of a refused answer stop it, until it is changed", () => {
    const b = new Book();
    b.change("1", ["Z"]);
    const out = b.receipt([receipt("1", 1, { code: "exam.answer.choice", text: "不在选项内" })]);
    expect(out.lost).toEqual(["1"]);
    expect(b.pending()).toEqual([]);
    expect(b.unsaved().map((e) => e.refused)).toEqual(["不在选项内"]);
    b.change("1", ["A"]);
    expect(b.pending()).toHaveLength(1);
  });

  it("refusing an older revision do not stop the newer one", () => {
    const b = new Book();
    b.change("1", ["Z"]);
    b.change("1", ["A"]);
    b.receipt([receipt("1", 1, { code: "exam.answer.choice" })]);
    expect(b.pending().map((e) => e.choice)).toEqual([["A"]]);
  });
});

describe("merging with the server", () => {
  it("adopts what only the server has, at another seat", () => {
    const b = new Book();
    b.merge([server("1", 3, "A"), server("2", 1, "B")]);
    expect([b.choice("1"), b.choice("2")]).toEqual([["A"], ["B"]]);
    expect(b.pending()).toEqual([]);
  });

  it("keeps what is pending here and goes on from the server's", () => {
    const b = new Book();
    b.merge([server("1", 1, "A")]);
    b.change("1", ["B"]);
    const out = b.merge([server("1", 1, "A")]);
    expect(out.lost).toEqual([]);
    expect(b.pending().map((e) => [e.revision, e.choice])).toEqual([[2, ["B"]]]);
  });

  it("knows its own answer again when only the receipt was lost", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.change("1", ["B"]);
    b.change("1", ["C"]);
    const out = b.merge([server("1", 2, "B")]);
    expect(out.lost).toEqual([]);
    expect(b.entries.get("1")?.acked).toBe(2);
    expect(b.pending().map((e) => [e.revision, e.choice])).toEqual([[3, ["C"]]]);
  });

  it("never sends over an answer that another machine made in between", () => {
    const b = new Book();
    b.merge([server("1", 1, "A")]);
    b.change("1", ["B"]); // 2, never sent: the seat was changed
    b.change("1", ["C"]); // 3
    const out = b.merge([server("1", 2, "D")]); // made at the other seat
    expect(out.lost).toEqual(["1"]);
    expect(b.choice("1")).toEqual(["D"]);
    expect(b.pending()).toEqual([]);
    expect(b.change("1", ["A"]).revision).toBe(3);
  });

  it("takes the server's side when one revision has two choices", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.merge([server("1", 1, "B")]);
    expect(b.choice("1")).toEqual(["B"]);
    expect(b.pending()).toEqual([]);
  });

  it("sends again what a new server has lost, altogether or in part", () => {
    const b = new Book();
    b.change("1", ["A"]);
    b.change("2", ["A"]);
    b.change("2", ["B"]);
    b.receipt([receipt("1", 1), receipt("2", 2)]);
    expect(b.pending()).toEqual([]);
    b.merge([server("2", 1, "A")]);
    expect(b.pending().map((e) => [e.item, e.revision, e.choice])).toEqual([["1", 1, ["A"]], ["2", 2, ["B"]]]);
  });

  it("gives up what was refused for good, so that both count the same answers at the hand-in", () => {
    const b = new Book();
    b.change("1", ["Z"]);
    b.change("2", ["Z"]);
    b.receipt([receipt("1", 1, { code: "exam.answer.choice" }), receipt("2", 1, { code: "exam.answer.choice" })]);
    expect(b.merge([server("2", 1, "A")]).lost).toEqual(["2", "1"]);
    expect([b.answered("1"), b.choice("2"), b.pending().length]).toEqual([false, ["A"], 0]);
    expect(b.change("1", ["A"]).revision).toBe(1);
  });

  it("leaves everything as it is when both agree", () => {
    const b = new Book();
    b.change("1", ["A", "C"]);
    b.receipt([receipt("1", 1)]);
    const out = b.merge([server("1", 1, "C", "A")]);
    expect(out).toEqual({ changed: [], lost: [], ask: false });
  });
});

// A terminal with a lossy line to a server that follows edge/exam/attempt's
// rules. Whatever is lost or repeated, both end with the last choice.
describe("under random faults", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("ends with the last choice everywhere (seed %i)", (seed) => {
    const random = mulberry(seed);
    const stored = new Map<string, Answer>();
    const save = (a: Answer): Saved => {
      const have = stored.get(a.item);
      if (!have || a.revision > have.revision) stored.set(a.item, a);
      else if (a.revision < have.revision) return receipt(a.item, have.revision, { stale: true });
      else if (!same(have.choice, a.choice)) return receipt(a.item, a.revision, { code: "exam.answer.conflict" });
      return receipt(a.item, a.revision);
    };
    let b = new Book();
    let disk: string = "[]";
    const wanted = new Map<string, string[]>();
    const send = (): void => {
      const batch = b.pending().map((e) => ({ item: e.item, revision: e.revision, choice: [...e.choice] }));
      if (random() < 0.3) return; // the request is lost
      const saved = batch.map(save);
      if (random() < 0.3) return; // the reply is lost
      if (b.receipt(saved).ask) b.merge([...stored.values()]);
    };
    for (let i = 0; i < 400; i++) {
      const what = random();
      if (what < 0.5) {
        const item = String(Math.floor(random() * 8));
        const choice = ["A", "B", "C"].filter(() => random() < 0.5);
        wanted.set(item, choice);
        b.change(item, choice);
        disk = JSON.stringify([...b.entries.values()]);
      } else if (what < 0.95) {
        send();
        if (random() < 0.7) disk = JSON.stringify([...b.entries.values()]); // a receipt may miss the disk
      } else {
        b = new Book(); // crash, and login again
        b.load(JSON.parse(disk));
        b.merge([...stored.values()]);
      }
    }
    for (let i = 0; i < 50 && b.pending().length > 0; i++) send();
    expect(b.pending()).toEqual([]);
    for (const [item, choice] of wanted) {
      expect(stored.get(item)?.choice ?? []).toEqual(choice);
      expect(b.choice(item)).toEqual(choice);
    }
  });
});

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
