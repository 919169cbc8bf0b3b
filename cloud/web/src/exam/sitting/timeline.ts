// The road of a sitting as steps, each with the receipts that have come in.
import type { Schemas } from "../../api";

type Receipt = Schemas["SittingReceipt"];

export interface Step {
  kind: string;
  title: string;
  state: "done" | "warn" | "bad" | "wait";
  receipts: Receipt[];
}

const road: [string, string][] = [
  ["assigned", "下达场次"],
  ["requested", "考场申请开考"],
  ["decided", "中心审核"],
  ["manifest", "下发考题包清单"],
  ["received", "考场收到并验证考题包"],
  ["preflight", "考场开考前自检"],
  ["released", "放行密钥"],
  ["unlock", "领取断网解锁码"],
  ["withdrawn", "作废考题包"],
  ["opened", "考场打开试题"],
  ["started", "开始作答"],
  ["closed", "考场结束场次"],
  ["signed", "中心签收答卷"],
  ["scored", "中心复算"],
  ["published", "发布成绩"],
];

// Steps of a sitting with trouble, shown when there was some.
const rare = new Set(["unlock", "withdrawn"]);

// Steps that have happened although not all was well with them: the venue had
// no device yet, or asked before its self-check was green.
const lenient = new Set(["assigned", "requested"]);

// The package is sent after the approval: a self-check before that lacks it and
// has not failed.
function early(kind: string, last: Receipt, all: Receipt[]): boolean {
  return kind === "preflight" && !all.some((r) => r.kind === "manifest" && r.noted < last.noted);
}

/** timeline sorts receipts into the steps; a step is as good as its last receipt. */
export function timeline(receipts: Receipt[]): Step[] {
  const known = new Set(road.map(([kind]) => kind));
  const steps = road.map(([kind, title]) => step(kind, title, receipts.filter((r) => r.kind === kind), receipts)).filter((s) => s.receipts.length > 0 || !rare.has(s.kind));
  const beside = receipts.filter((r) => !known.has(r.kind));
  if (beside.length > 0) steps.push(step("beside", "暂停、恢复及其他", beside, receipts));
  return steps;
}

function step(kind: string, title: string, receipts: Receipt[], all: Receipt[]): Step {
  const sorted = [...receipts].sort((a, b) => a.noted.localeCompare(b.noted));
  const last = sorted.at(-1);
  const failed = last && (lenient.has(kind) || early(kind, last, all)) ? "warn" : "bad";
  return { kind, title, state: !last ? "wait" : last.ok ? "done" : failed, receipts: sorted };
}
