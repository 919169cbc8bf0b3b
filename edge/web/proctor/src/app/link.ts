// The venue's own account of its link with the centre, read every few seconds
// and shared by every page.
import { ref, shallowRef } from "vue";
import { ask, client, type Link, type Strip } from "../api";

export const strip = shallowRef<Link | null>(null);
/** Since when the venue's own server has not answered this page; 0 while it does. */
export const silentSince = ref(0);

export type Level = "green" | "yellow" | "red";

/** levelOf is what colour and icon the strip has: no answer is worse than any answer. */
export function levelOf(s: Strip | null, silent: number): Level {
  if (silent > 0) return "red";
  return s?.level === "red" || s?.level === "yellow" ? s.level : "green";
}

/** readLink asks once. */
export async function readLink(): Promise<void> {
  try {
    strip.value = await ask(client.GET("/proctor/v1/link"));
    silentSince.value = 0;
  } catch {
    if (silentSince.value === 0) silentSince.value = Date.now();
  }
}
