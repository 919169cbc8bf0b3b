import "fake-indexeddb/auto";
import { HEADER_COUNTER } from "@huyun/protocol";
import { expect, it, vi } from "vitest";
import type { Paper, Status } from "../api";
import { Channel } from "../link/channel";
import { handIn, openPaper } from "./answering";
import { book, screen, state, type Pairing, type SessionRecord } from "./state";
import { openDisk } from "./store";

vi.stubGlobal("navigator", {});
vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });

/** A running exam of three questions, one answered and saved, over a line that can be down. */
async function sitting() {
  let up = true;
  const handins: { body: string; counter: number }[] = [];
  const fake = (async (target: string, init?: RequestInit) => {
    if (target === "/terminal/v1/handin")
      handins.push({ body: new TextDecoder().decode(init?.body as Uint8Array), counter: Number((init?.headers as Record<string, string>)[HEADER_COUNTER]) });
    if (!up) throw new TypeError("cut");
    if (target !== "/terminal/v1/paper") return Response.json({});
    const items = ["1", "2", "3"].map((no) => ({ no, type: "TF", stem: no, options: [] }));
    return Response.json({ sheet: { items }, answers: [{ item: "1", revision: 1, choice: ["T"] }] } as unknown as Paper);
  }) as typeof fetch;
  await openDisk();
  state.pairing = {} as Pairing;
  state.session = { id: "s1", face: "pass", candidate: { admission: "2026", seat: "A01" } } as unknown as SessionRecord;
  state.status = { sitting: "sitting", state: "running" } as unknown as Status;
  const channel = new Channel({ id: "s1", key: "00".repeat(32), counter: 0 }, { keep: () => undefined, fetch: fake });
  await openPaper({ channel, received: () => undefined, trouble: () => undefined });
  return { handins, line: (on: boolean) => (up = on) };
}

// Complaint 13 (the network is down when "submit" is pressed).
it("stays in the exam when the network is down at the hand-in, and asks again with the same", async () => {
  const { handins, line } = await sitting();
  line(false);
  for (let i = 0; i < 3; i++) {
    expect(await handIn()).toMatchObject({ ok: false, wait: true });
    expect(screen()).toBe("exam");
    expect(state.sheet?.items).toHaveLength(3);
    expect(book.entries.get("1")?.choice).toEqual(["T"]);
  }
  line(true);
  expect(await handIn()).toEqual({ ok: true });
  expect(handins.map((h) => h.body)).toEqual(Array.from({ length: 4 }, () => '{"unanswered":2}'));
  expect(handins.map((h) => h.counter)).toEqual([...handins.map((h) => h.counter)].sort((a, b) => a - b));
});
