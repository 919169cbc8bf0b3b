// Which checks of a candidate at the exam machine wait for a person.
import type { Verification } from "../api";

interface Attempt {
  state: string;
  blocked?: boolean;
  cleared?: boolean;
  no_face?: boolean;
}

/**
 * undecided lists the latest check of each stage at the machine that the engine
 * has not passed and nobody has decided about; null stands for a check before
 * the start that was never taken. After the hand-in too: a sitting is not
 * signed off over them.
 */
export function undecided(all: Verification[], attempt: Attempt): (Verification | null)[] {
  const out: (Verification | null)[] = [];
  const last = (stage: string): Verification | undefined => all.filter((v) => v.stage === stage).at(-1);
  const pre = last("PRE");
  if (!attempt.cleared && !attempt.no_face) {
    if (!pre) out.push(null);
    else if (pre.by === "machine" && pre.decision !== "pass") out.push(pre);
    else if (attempt.blocked) out.push(pre);
  }
  const random = last("RANDOM");
  if (random && random.by === "machine" && random.decision !== "pass") out.push(random);
  return out;
}
