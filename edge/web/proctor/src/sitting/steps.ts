// The way of a sitting through the venue, as steps a proctor can follow.
import { minute } from "@kit/format";
import type { Sitting } from "../api";

export type StepState = "done" | "now" | "todo" | "trouble";

export interface Step {
  key: "request" | "review" | "pack" | "preflight" | "release" | "door" | "start" | "watch" | "close";
  title: string;
  state: StepState;
  text: string;
}

type Facts = Pick<Sitting, "state" | "reason" | "condition" | "pack" | "asked" | "preflight" | "suspended"> & { release_from?: string | null };

const order = ["assigned", "requested", "approved", "opened", "running", "closed"];

/** steps says of each step whether it is done, due, in trouble or still to come. */
export function steps(s: Facts): Step[] {
  const state = s.state === "returned" ? "assigned" : s.state;
  const at = order.indexOf(state); // -1: cancelled, nothing is due any more
  const after = (name: string): boolean => at >= order.indexOf(name);
  const step = (key: Step["key"], title: string, done: boolean, due: boolean, text: string, trouble = false): Step => ({
    key,
    title,
    text,
    state: trouble ? "trouble" : done ? "done" : due ? "now" : "todo",
  });
  const approved = after("approved");
  return [
    step("request", "开考申请", after("requested"), at === 0, s.state === "returned" ? "已退回，整改后重新提交" : after("requested") ? "已提交" : "待提交", s.state === "returned"),
    step("review", "中心审核", approved, s.state === "requested", reviewText(s, approved), false),
    step("pack", "考题包接收", s.pack.received, approved, packText(s), approved && s.pack.failure !== "" && !s.pack.received),
    step("preflight", "考前检查", s.preflight.green && !s.preflight.stale, approved, preflightText(s), approved && s.preflight.at !== null && !s.preflight.green && !after("opened")),
    step("release", "放行考题", after("opened"), approved && s.pack.received && s.preflight.green, after("opened") ? "已放行" : releaseText(s)),
    step("door", "考生入场", after("closed"), approved && !after("closed"), approved ? "可办理入场核验" : "批准后办理"),
    step("start", "开始考试", after("running"), s.state === "opened", after("running") ? "已开始" : "考生入座后开始"),
    step("watch", "监考", after("closed"), s.state === "running", s.suspended ? "中心已暂停本场" : "", s.suspended && s.state === "running"),
    step("close", "结束场次", after("closed"), s.state === "running", after("closed") ? "已结束" : "核对一致后结束"),
  ];
}

function reviewText(s: Facts, approved: boolean): string {
  if (s.state === "returned") return "已退回";
  if (approved) return s.condition ? "附条件批准" : "已批准";
  return s.state === "requested" ? "等待中心审核" : "";
}

function packText(s: Facts): string {
  if (s.pack.received) return `已接收并校验，第 ${s.pack.version} 版`;
  if (s.pack.failure) return s.pack.failure;
  return s.pack.announced ? "正在接收" : "批准后自动下发";
}

function releaseText(s: Facts): string {
  if (s.release_from && new Date(s.release_from) > new Date()) return `中心 ${minute(s.release_from)} 起放行`;
  return "中心确认后放行";
}

/** awaited: who asks to open cannot have the package yet; it waits, and nothing has failed. */
export const awaited = (check: { code: string; ok: boolean }): boolean => !check.ok && check.code === "pack";

/** askedText is what the centre knows before the check proper has been run. */
function askedText(s: Facts): string {
  if (s.asked.at === null) return "尚未检查";
  const bad = s.asked.checks.filter((c) => !c.ok && !awaited(c)).length;
  return bad > 0 ? `申请时自检 ${bad} 项未通过` : `申请时自检${s.asked.checks.some(awaited) ? "通过，考题包等待下发" : "全部通过"}`;
}

function preflightText(s: Facts): string {
  if (s.preflight.at === null) return askedText(s);
  const bad = s.preflight.checks.filter((c) => !c.ok).length;
  if (!s.preflight.green) return `${bad} 项未通过`;
  if (s.preflight.stale) return "已过期，请重新检查";
  const waived = s.preflight.checks.filter((c) => c.waived).length;
  return waived > 0 ? `通过，其中豁免 ${waived} 项` : "全部通过";
}
