// What states and colours look like.
export interface Look {
  colour: "grey" | "blue" | "green" | "orange" | "red" | "yellow";
  sign: string;
}

const states: Record<string, Look> = {
  DRAFT: { colour: "grey", sign: "✎" },
  RETURNED: { colour: "orange", sign: "↩" },
  CORRECTING: { colour: "orange", sign: "!" },
  NOT_ACCEPTED: { colour: "red", sign: "✕" },
  DENIED: { colour: "red", sign: "✕" },
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
  RED: { colour: "red", sign: "⛔", word: "暂不能办理" },
  ORANGE: { colour: "orange", sign: "⚠", word: "加强审核" },
  YELLOW: { colour: "yellow", sign: "⚠", word: "请注意" },
  BLUE: { colour: "blue", sign: "ℹ", word: "说明" },
  GREEN: { colour: "green", sign: "✓", word: "已恢复" },
};
