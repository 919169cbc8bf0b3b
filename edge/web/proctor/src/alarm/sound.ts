// The sound itself: two tones for yellow, four higher ones for red, made by the
// browser so that no file has to load.
import { ref } from "vue";
import type { Beep } from "./beeper";

const tones: Record<Beep, number[]> = { yellow: [660, 520], red: [990, 660, 990, 660] };
const length = 0.16; // seconds a tone

let context: AudioContext | null = null;

/** Browsers give no sound before the first click or key; the bell says so. */
export const blocked = ref(false);

/** beep plays; false when the browser does not let us yet. */
export function beep(level: Beep): boolean {
  context ??= new AudioContext();
  blocked.value = context.state === "suspended";
  if (blocked.value) {
    void wake();
    return false;
  }
  tones[level].forEach((pitch, i) => tone(context as AudioContext, pitch, i * length * 1.25));
  return true;
}

/** wake asks the browser again; to be called from a click. */
export async function wake(): Promise<void> {
  context ??= new AudioContext();
  await context.resume().catch(() => {}); // stays blocked, and the bell keeps saying so
  blocked.value = context.state !== "running";
}

function tone(ctx: AudioContext, pitch: number, after: number): void {
  const start = ctx.currentTime + after;
  const source = ctx.createOscillator();
  const volume = ctx.createGain();
  source.type = "square";
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(0.12, start);
  volume.gain.exponentialRampToValueAtTime(0.001, start + length);
  source.connect(volume).connect(ctx.destination);
  source.start(start);
  source.stop(start + length);
}
