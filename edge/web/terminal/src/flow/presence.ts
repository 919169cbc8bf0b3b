// The seat during the exam: a small picture every few seconds, so that the venue
// notices an empty chair or company. The camera stays open meanwhile; nothing
// here stops or disturbs the candidate, and the venue keeps no picture unless it
// raises an alarm.
import { CameraError, openCamera, closeCamera, snapSmall } from "../camera/camera";
import type { Channel } from "../link/channel";
import { state } from "./state";

let timer = 0;
let stream: MediaStream | null = null;
let video: HTMLVideoElement | null = null;
let every = 0;
let busy = false;

const SEND_TIMEOUT_MS = 8000;

/** Follows the server's word: a picture every so many seconds, none for 0. */
export function watchSeat(channel: Channel | null, seconds: number): void {
  const s = channel && !state.session?.declined ? seconds : 0;
  if (s === every) return;
  every = s;
  clearInterval(timer);
  if (s === 0 || !channel) return close();
  timer = window.setInterval(() => void show(channel), s * 1000);
}

function close(): void {
  closeCamera(stream);
  stream = video = null;
}

async function show(channel: Channel): Promise<void> {
  if (busy || !state.edge) return;
  busy = true;
  try {
    const picture = await snapSmall(await opened());
    state.camera = true;
    await channel.json("POST", "/terminal/v1/presence", { picture, timeoutMS: SEND_TIMEOUT_MS });
  } catch (e) {
    if (e instanceof CameraError) {
      state.camera = false;
      close(); // opened anew next time
    }
  } finally {
    busy = false;
    if (every === 0) close();
  }
}

async function opened(): Promise<HTMLVideoElement> {
  if (video && stream?.active) return video;
  stream = await openCamera();
  video = document.createElement("video");
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  return video;
}
