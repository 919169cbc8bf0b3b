// The words of companies' batches.
import type { States } from "../../../kit/StateTag.vue";
import { caseStates } from "../application/words";

export const batchStates: States = {
  OPENING: { text: "正在建立办件", tone: "busy" },
  RUNNING: { text: "办理中", tone: "warn" },
  DONE: { text: "已办结", tone: "good" },
};

/** A line: its case's state, or why it has none. */
export const rowStates: States = {
  PENDING: { text: "等待建立办件", tone: "busy" },
  FAILED: { text: "未能建立办件", tone: "bad" },
  ...caseStates,
};

export const matterNames: Record<string, string> = { BU01: "新证", BU02: "换证", BU03: "补证" };
export const postNames: Record<string, string> = { "13001": "驾驶员", "13901": "售票员", "13902": "调度员" };

export const marks: States = {
  TAKEN: { text: "已领取", tone: "good" },
  SHORT: { text: "短少", tone: "warn" },
  WRONG: { text: "错证", tone: "bad" },
};

export interface BatchAct {
  event: "submit" | "receive" | "accept" | "make_certificate" | "certificate_done";
  path: "submit" | "accept" | "certify";
  text: string;
  from: string;
  consequence: string;
}

/** acts are what is done to many cases at once; the review and the decision are made one by one. */
export const acts: BatchAct[] = [
  { event: "submit", path: "submit", text: "提交材料齐全的", from: "DRAFT", consequence: "逐件检查，材料齐全的提交，不齐的保留并列出还缺什么。" },
  { event: "receive", path: "accept", text: "批量收件", from: "SUBMITTED", consequence: "由您收件审核，逐件记录。" },
  { event: "accept", path: "accept", text: "批量受理", from: "RECEIVED", consequence: "逐件核查，材料齐全、符合法定形式的受理；受理后材料不能再改。" },
  { event: "make_certificate", path: "certify", text: "批量开始制证", from: "GRANTED", consequence: "已准予许可的开始制证。" },
  { event: "certificate_done", path: "certify", text: "批量制证完成", from: "CERTIFYING", consequence: "证件制作完成，等待企业领取。" },
];

/** The last character of a unified social credit code follows from the others: GB 32100-2015. */
export function validCode(code: string): boolean {
  const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const values = [...code.toUpperCase()].map((c) => digits.indexOf(c));
  if (values.length !== 18 || values.includes(-1)) return false;
  let weight = 1;
  let sum = 0;
  for (const v of values.slice(0, 17)) {
    sum += v * weight;
    weight = (weight * 3) % 31;
  }
  return values[17] === (31 - (sum % 31)) % 31;
}
