// The sums that must agree before a sitting is signed off, in words.
import type { Closing } from "../api";

export interface Sum {
  title: string;
  left: string;
  right: string;
  ok: boolean;
}

type Facts = Pick<Closing, "booked" | "admitted" | "absent_candidates" | "issued" | "started" | "unused" | "submitted">;

/** sums lists them; each is a true sentence when it is ok. */
export function sums(c: Facts): Sum[] {
  const absent = c.absent_candidates.length;
  return [
    { title: "报名＝入场＋缺考", left: String(c.booked), right: `${c.admitted}＋${absent}＝${c.admitted + absent}`, ok: c.booked === c.admitted + absent },
    { title: "入场＝生成试卷", left: String(c.admitted), right: String(c.issued), ok: c.admitted === c.issued },
    { title: "生成试卷＝已开考＋未使用", left: String(c.issued), right: `${c.started}＋${c.unused}＝${c.started + c.unused}`, ok: c.issued === c.started + c.unused },
    { title: "已开考＝已交卷", left: String(c.started), right: String(c.submitted), ok: c.started === c.submitted },
  ];
}
