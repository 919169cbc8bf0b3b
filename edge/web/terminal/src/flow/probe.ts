// The check of the face in mid-exam: a picture when the server asks for one,
// with a small line on screen and nothing that stops the candidate.
import type { FaceReply } from "../api";
import { CameraError, snapOnce } from "../camera/camera";
import type { Channel } from "../link/channel";
import { state } from "./state";

/** A camera that fails is tried again after so long, while the server still asks. */
const RETRY_MS = 60_000;
/** A picture that did not show the candidate is followed by another so soon. */
const AGAIN_MS = 15_000;
const SHOW_MS = 6000;

let running = false;
let notBefore = 0;

export async function probe(channel: Channel): Promise<void> {
  if (running || performance.now() < notBefore) return;
  running = true;
  state.probing = "正在核验本人身份，请正对屏幕，可继续作答";
  try {
    const picture = await snapOnce();
    state.camera = true;
    const reply = await channel.json<FaceReply>("POST", "/terminal/v1/face", { picture, timeoutMS: 20_000 });
    if (reply.retry) notBefore = performance.now() + AGAIN_MS;
    say(reply.decision === "pass" ? "身份核验完成" : "身份核验待监考员确认，请继续作答");
  } catch (e) {
    notBefore = performance.now() + RETRY_MS;
    if (e instanceof CameraError) state.camera = false;
    say(e instanceof CameraError ? e.text + "监考员将人工核验，请继续作答" : "");
  } finally {
    running = false;
  }
}

function say(text: string): void {
  state.probing = text;
  setTimeout(() => {
    if (state.probing === text) state.probing = "";
  }, SHOW_MS);
}
