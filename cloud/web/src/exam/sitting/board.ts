// The live board of a sitting: pushed by the server while that works, asked for
// every three seconds while it does not.
import { onBeforeUnmount, ref, type Ref } from "vue";
import { ask, client } from "../../../kit/client";
import { useLoad, usePoll, type Loaded } from "../../../kit/load";
import type { Schemas } from "../../api";

export type Board = Schemas["SittingBoard"];

export interface LiveBoard {
  board: Loaded<Board>;
  pushed: Ref<boolean>; // false: asked for every three seconds
}

/** useBoard follows a sitting until the page is left. */
export function useBoard(id: string): LiveBoard {
  const board = useLoad(() => ask(client.GET("/api/v1/exam/sittings/{id}/board", { params: { path: { id } } })));
  const pushed = ref(false);
  let stream = follow();
  let asked = 0;

  function follow(): EventSource {
    const source = new EventSource(`/api/v1/exam/sittings/${encodeURIComponent(id)}/stream`);
    source.addEventListener("open", () => {
      pushed.value = true;
    });
    source.addEventListener("board", (e) => {
      board.data.value = JSON.parse((e as MessageEvent<string>).data) as Board;
      board.at.value = Date.now();
      board.problem.value = null;
    });
    const lost = (): void => {
      pushed.value = false;
    };
    source.addEventListener("error", lost); // the browser tries again after a cut, not after a refusal
    source.addEventListener("end", () => {
      source.close(); // the session is over; the next question says so
      lost();
    });
    return source;
  }

  usePoll(async () => {
    if (pushed.value) return;
    await board.reload();
    if (stream.readyState === EventSource.CLOSED && ++asked % 5 === 0 && !board.problem.value) stream = follow();
  }, 3000);
  onBeforeUnmount(() => stream.close());
  return { board, pushed };
}

export interface Contact {
  tone: "good" | "warn" | "bad";
  text: string;
}

/** contactOf says how far what is shown can be believed. */
export function contactOf(b: Board, ago: (at: string | undefined) => string, span: (ms: number) => string): Contact {
  const n = b.node;
  if (!n.id) return { tone: "warn", text: "这个分考场还没有注册设备，看不到实况" };
  const behind = n.behind_ns / 1e6;
  if (!n.online) {
    return { tone: "bad", text: `考场失联，最后联系 ${ago(n.seen_at)}。以下停在失联前，考试可能仍在正常进行，联网后自动补齐` };
  }
  if (behind > 10_000) return { tone: "warn", text: `考场在线，正在补传，最旧的记录还差 ${span(behind)}` };
  return { tone: "good", text: `考场在线（${ago(n.seen_at)}联系）` };
}
