// What this machine's camera shows, for the venue's check before the exam: the
// camera is opened for it. Somebody who sits here is never filmed for that; then
// only their own checks of the face say that it works.
import { hasCamera, look, type Why } from "../camera/camera";
import { state } from "./state";

let seen: { ok: boolean; why?: Why; at: number } | null = null;
let looking = false;

/** A report older than this says nothing about now. */
const KEEP_MS = 60_000;

/** The heartbeat's part: what was seen, and how long ago. */
export function sight(): { sight?: { ok: boolean; why?: Why; age_ms: number } } {
  if (!seen) return {};
  const age = Math.round(performance.now() - seen.at);
  if (age > KEEP_MS) return {};
  return { sight: { ok: seen.ok, ...(seen.why ? { why: seen.why } : {}), age_ms: age } };
}

/** Opens the camera because the venue asks, and says at once what was seen. */
export async function lookNow(tell: () => Promise<void>): Promise<void> {
  if (looking || state.session) return;
  looking = true;
  try {
    const at = performance.now();
    seen = { ...(await look()), at };
    state.camera = seen.ok;
  } finally {
    looking = false;
  }
  await tell();
}

/**
 * After the page has loaded, and when a device comes or goes. Under a candidate
 * the camera is only counted: whether they want it opened is theirs to say.
 */
export async function findCamera(tell: () => Promise<void>): Promise<void> {
  if (!state.session) return lookNow(tell);
  const has = await hasCamera();
  if (has === state.camera) return;
  state.camera = has;
  await tell();
}
