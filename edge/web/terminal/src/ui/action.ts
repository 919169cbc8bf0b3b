// A button's work: busy while it runs, and the server's own words when it is
// refused. Every refusal leaves the candidate where they were, able to go on.
import { Refusal, Unreachable } from "@huyun/protocol";
import { reactive } from "vue";

export interface Action {
  busy: boolean;
  text: string;
  run: (work: () => Promise<void>) => Promise<void>;
}

export const AWAY = "暂时联系不上考场服务器，请稍候重试；持续出现请举手联系监考员。";

export function wordsFor(e: unknown): string {
  if (e instanceof Refusal) return e.text;
  if (e instanceof Unreachable) return AWAY;
  return "操作未完成，请重试；持续出现请举手联系监考员。";
}

export function useAction(): Action {
  const action: Action = reactive({
    busy: false,
    text: "",
    async run(work: () => Promise<void>) {
      if (action.busy) return;
      action.busy = true;
      action.text = "";
      try {
        await work();
      } catch (e) {
        action.text = wordsFor(e);
      } finally {
        action.busy = false;
      }
    },
  });
  return action;
}
