// The words of registrations for an exam.
import type { States } from "../../../kit/StateTag.vue";

export const enrolmentStates: States = {
  TO_PAY: { text: "待缴款", tone: "warn" },
  WAITING: { text: "待编场", tone: "busy" },
  ARRANGED: { text: "已编场", tone: "good" },
  ENDED: { text: "已结束", tone: "off" },
};

export const partNames: Record<string, string> = { THEORY: "理论", PRACTICE: "应会", BOTH: "理论和应会" };

/** What is said wherever a payment is shown: nobody has asked the treasury. */
export const byHand = "由窗口人工登记，尚未与非税系统核对";

/** yuan is an amount of fen as people read it. */
export function yuan(fen: number): string {
  return (fen / 100).toFixed(2);
}

/** fenOf reads yuan as they are typed; NaN when it is no amount. */
export function fenOf(text: string): number {
  const m = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return m ? Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0")) : NaN;
}
