// Words and geometry of a calibration.
import type { Schemas } from "../api";

type Rate = Schemas["Rate"];
export type Errors = Schemas["Errors"];

/** percent is a rate with as many digits as it needs to be told from zero. */
export function percent(rate: number): string {
  return `${(rate * 100).toFixed(2)} %`;
}

/** rateLine is a threshold for a rate, or that it could not be measured. */
export function rateLine(r: Rate, impostor: number): string {
  if (!r.known) return `无法测定：异人比对只有 ${impostor} 对，至少需要 ${Math.round(1 / r.far)} 对`;
  return `阈值 ${r.threshold.toFixed(3)}，误拒率 ${percent(r.frr)}`;
}

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** across is where a threshold stands. */
export function across(curve: Errors[], frame: Frame, threshold: number): number {
  const low = curve[0]?.threshold ?? 0;
  const high = curve[curve.length - 1]?.threshold ?? 1;
  const share = high > low ? (threshold - low) / (high - low) : 0;
  return frame.left + Math.min(1, Math.max(0, share)) * frame.width;
}

/** line is one of the errors as the points of a polyline. */
export function line(curve: Errors[], frame: Frame, of: "far" | "frr"): string {
  return curve.map((p) => `${across(curve, frame, p.threshold).toFixed(1)},${(frame.top + (1 - p[of]) * frame.height).toFixed(1)}`).join(" ");
}
