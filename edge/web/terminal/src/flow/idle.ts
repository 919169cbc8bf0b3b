// What a machine says of its seat while nobody is logged in.
import type { Hello } from "../api";

export interface Idle {
  text: string;
  /** Something is wrong that somebody should see to. */
  bad: boolean;
}

/** idleText does not say that there is no exam while nobody could be asked. */
export function idleText(hello: Pick<Hello, "title" | "subject"> | null, edge: boolean): Idle {
  if (hello?.title) return { text: hello.title + (hello.subject ? ` · ${hello.subject}` : ""), bad: false };
  if (!edge) {
    return { text: "暂时连接不上考场服务器。已作答的内容都保存着，不会丢失；正在自动重新连接，请留在座位上等候或举手。", bad: true };
  }
  return { text: hello ? "本座位暂无考试安排，请等候监考员通知。" : "正在连接考场服务器…", bad: false };
}
