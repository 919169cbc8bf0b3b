// The board of a sitting as the server draws it, over an event stream, or by
// asking while the stream is cut.
import { onBeforeUnmount, ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { asProblem, type Problem } from "@kit/problem";
import { ask, client, route, signedOut, type Board } from "../api";
import { next, type ChannelFacts } from "./channel";

export type Mode = "live" | "poll" | "lost";

export interface Live {
  board: ShallowRef<Board | null>;
  heardAt: Ref<number>; // performance.now() of board
  mode: Ref<Mode>;
  problem: Ref<Problem | null>;
  refresh: () => Promise<void>;
}

/** useBoard follows a sitting's board while the page is open. */
export function useBoard(sitting: string): Live {
  const board = shallowRef<Board | null>(null);
  const heardAt = ref(0);
  const mode = ref<Mode>("live");
  const problem = ref<Problem | null>(null);
  const facts: ChannelFacts = { heard: performance.now(), asked: 0, opened: performance.now(), broken: false };
  let stream: EventSource | null = null;

  function show(b: Board, how: Mode): void {
    board.value = b;
    heardAt.value = performance.now();
    mode.value = how;
    problem.value = null;
  }

  function open(): void {
    stream?.close();
    facts.opened = performance.now();
    stream = new EventSource(route.live(sitting));
    stream.addEventListener("board", (e: MessageEvent<string>) => {
      facts.heard = performance.now();
      facts.broken = false;
      show(JSON.parse(e.data) as Board, "live");
    });
    stream.addEventListener("end", signedOut);
    stream.onerror = () => {
      facts.broken = true;
    };
  }

  async function refresh(): Promise<void> {
    facts.asked = performance.now();
    try {
      const b = await ask(client.GET("/proctor/v1/sittings/{sitting}/board", { params: { path: { sitting } } }));
      show(b, mode.value === "live" ? "live" : "poll");
    } catch (e) {
      mode.value = "lost";
      problem.value = asProblem(e);
    }
  }

  const timer = setInterval(() => {
    const move = next(facts, performance.now());
    if (move.ask) {
      if (mode.value === "live") mode.value = "poll";
      void refresh();
    }
    if (move.reopen) open();
  }, 1000);
  onBeforeUnmount(() => {
    clearInterval(timer);
    stream?.close();
  });
  open();
  void refresh(); // not to wait for a stream that may not come
  return { board, heardAt, mode, problem, refresh };
}
