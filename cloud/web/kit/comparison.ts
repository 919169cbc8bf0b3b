// What the engine has said about a picture, in one line: at the venue and at
// the centre.
interface Facts {
  engine: string;
  score: number;
  threshold: number;
}

/** byEngine says whether a line is the engine's: a person's verdict takes over
 *  picture and score of what it is about, and is no comparison. */
export function byEngine(who: string): boolean {
  return who === "machine" || who === "";
}

/** compared says whether two faces were compared: without an engine, or without
 *  one face in each picture, there is no score. */
export function compared(v: Facts): boolean {
  return v.engine !== "none" && v.engine !== "" && v.score !== 0;
}

/** comparison is the score with the engine it comes from, or that there is none. */
export function comparison(v: Facts): string {
  if (!compared(v)) return "没有比对";
  const threshold = v.threshold === 0 ? "" : ` / 阈值 ${v.threshold.toFixed(3)}`;
  return `相似度 ${v.score.toFixed(3)}${threshold} · 引擎 ${v.engine}`;
}
