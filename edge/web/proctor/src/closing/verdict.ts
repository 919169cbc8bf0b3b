// What a person has decided against a candidate, in one sentence for page and form.
import type { Closing } from "../api";
import { nameOf } from "../session";
import { stages } from "../words";

type Denied = Closing["denied"][number];

export function verdict(d: Denied): string {
  const what = d.stage === "ENTRY" ? "不准入场" : `${stages[d.stage] ?? d.stage}核验判定不是本人`;
  return `${what}：${d.reason}（${nameOf(d.by)}）${d.stage !== "ENTRY" && !d.noted ? "，尚未登记违纪" : ""}`;
}
