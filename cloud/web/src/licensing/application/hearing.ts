// What a special procedure means, and how far a hearing has come.
import type { States } from "../../../kit/StateTag.vue";
import type { Schemas } from "../../api";
import type { Act } from "./words";

export type Hearing = Schemas["ApplicationHearing"];
export type Procedure = Schemas["ApplicationOrder"]["procedure"] & string;

export const hearingStates: States = {
  TOLD: { text: "已告知权利", tone: "busy" },
  LAPSED: { text: "期满未要求", tone: "warn" },
  DROPPED: { text: "已放弃", tone: "warn" },
  ASKED: { text: "待确定时间", tone: "warn" },
  FIXED: { text: "待举行", tone: "busy" },
  PAST: { text: "待写明结论", tone: "warn" },
};

/** procedures are what a case can stand still for, how long that is thought to take, and
 * what it means. A hearing takes five days to ask and twenty to hold. */
export const procedures: Record<Procedure, { days: number; means: string }> = {
  听证: {
    days: 25,
    means: "书面告知申请人有要求听证的权利。申请人五个工作日内要求的，二十个工作日内举行，至少提前七个工作日通知；没有要求或书面放弃的，恢复办理。申请人可以要求听证期间和举行听证以前不能恢复办理。",
  },
  检验: { days: 20, means: "对车辆、设备等依法检验；取得检验结果后恢复办理。" },
  检测: { days: 20, means: "依法检测；取得检测结果后恢复办理。" },
  鉴定: { days: 20, means: "对笔迹、证件等依法鉴定；取得鉴定意见后恢复办理。" },
  专家评审: { days: 20, means: "由专家评审；取得评审意见后恢复办理。" },
  失信核查: { days: 10, means: "向列入失信名单的机关核实有关情况；只用于加强审核的办件，取得答复后恢复办理。" },
};

/** offered are the procedures that a case can begin: a list is looked into only where it
 * asks for a stricter review. */
export function offered(strict: boolean): Procedure[] {
  return (Object.keys(procedures) as Procedure[]).filter((p) => p !== "失信核查" || strict);
}

/** hearingActs are what acts are called as a hearing stands. */
export function hearingActs(h: Hearing | undefined): Record<string, Partial<Act>> {
  switch (h?.state) {
    case "ASKED":
      return { drop_hearing: { text: "登记撤回听证" } };
    case "FIXED":
      return { fix_hearing: { text: "改期", done: "已改期，已出具书面通知" }, drop_hearing: { text: "登记撤回听证" } };
    case "PAST":
      return {
        fix_hearing: { text: "没有举行，改期", done: "已改期，已出具书面通知" },
        resume: { text: "写明结论，恢复办理", consequence: "按听证笔录写明结论，恢复计算办理期限；许可决定根据听证笔录作出。", wants: "conclusion" },
      };
    default:
      return {};
  }
}

/** latest is the last day on which it can be held: the law's, or when no notice can be
 * given in time any more, the first that it can be given for; empty: nobody knows. */
export function latest(h: Hearing): string {
  return h.earliest && h.hold_by ? (h.hold_by < h.earliest ? h.earliest : h.hold_by) : "";
}

/** sittable says whether a hearing can be held on a day: the working days that the law leaves. */
export function sittable(h: Hearing, day: string): boolean {
  return !!h.days?.includes(day);
}
