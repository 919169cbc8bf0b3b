// What states and colours look like.
export interface Look {
  colour: "grey" | "blue" | "green" | "orange" | "red" | "yellow";
  sign: string;
}

const states: Record<string, Look> = {
  DRAFT: { colour: "grey", sign: "·" },
  RETURNED: { colour: "orange", sign: "‹" },
  CORRECTING: { colour: "orange", sign: "!" },
  NOT_ACCEPTED: { colour: "red", sign: "×" },
  DENIED: { colour: "red", sign: "×" },
  GRANTED: { colour: "green", sign: "✓" },
  CERTIFYING: { colour: "green", sign: "✓" },
  DELIVERING: { colour: "green", sign: "✓" },
  COMPLETED: { colour: "green", sign: "✓" },
  WITHDRAWN: { colour: "grey", sign: "—" },
  TERMINATED: { colour: "grey", sign: "—" },
};

/** looks is how a state of a case is shown; what is not named is on its way. */
export function looks(state: string): Look {
  return states[state] ?? { colour: "blue", sign: "…" };
}

export const tones: Record<"RED" | "ORANGE" | "YELLOW" | "BLUE" | "GREEN", Look & { word: string }> = {
  RED: { colour: "red", sign: "×", word: "暂不能办理" },
  ORANGE: { colour: "orange", sign: "!", word: "加强审核" },
  YELLOW: { colour: "yellow", sign: "!", word: "请注意" },
  BLUE: { colour: "blue", sign: "i", word: "说明" },
  GREEN: { colour: "green", sign: "✓", word: "已恢复" },
};

/** The states of a case, in the words that the office uses too, and of a roster's line. */
export const stateNames: Record<string, string> = {
  DRAFT: "暂存", SUBMITTED: "待收件", RECEIVED: "收件审核", RETURNED: "退回修改", CORRECTING: "补正中", NOT_ACCEPTED: "不予受理", ACCEPTED: "已受理", REVIEWING: "审查",
  APPROVING: "审批", SUSPENDED: "挂起", GRANTED: "准予许可", DENIED: "不予许可", CERTIFYING: "制证", DELIVERING: "送达", COMPLETED: "办结", WITHDRAWN: "撤回", TERMINATED: "终止",
  PENDING: "正在建立", FAILED: "未能建立",
};
