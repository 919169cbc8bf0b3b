// The open alarms and unread messages of the venue, shared by the bell and by
// every page that shows them.
import { ref, shallowRef } from "vue";
import { ask, client, type Alarm, type Schemas } from "../api";
import { can } from "../session";

export const openAlarms = shallowRef<Alarm[]>([]);
export const unread = shallowRef<Schemas["Message"][]>([]);
export const stale = ref(false); // the last read failed

/** readAlarms asks once. */
export async function readAlarms(): Promise<void> {
  if (!can("exam.sitting.read")) return;
  try {
    const [alarms, messages] = await Promise.all([
      ask(client.GET("/proctor/v1/alarms", { params: { query: { open: true } } })),
      ask(client.GET("/proctor/v1/messages")),
    ]);
    openAlarms.value = alarms.items;
    unread.value = messages.items.filter((m) => !m.read_by);
    stale.value = false;
  } catch {
    stale.value = true; // the strip says why
  }
}

/** acknowledge says that somebody has seen an alarm. */
export async function acknowledge(alarm: string, note: string): Promise<void> {
  await ask(client.POST("/proctor/v1/alarms/{alarm}/acknowledge", { params: { path: { alarm } }, body: { note } }));
  await readAlarms();
}

/** markRead says that somebody has read a message of the centre. */
export async function markRead(message: string): Promise<void> {
  await ask(client.POST("/proctor/v1/messages/{message}/read", { params: { path: { message } } }));
  await readAlarms();
}

const key = "huyun.proctor.sound";

/** Whether alarms sound at this console; kept, because consoles are reloaded. */
export const soundOn = ref(localStorage.getItem(key) !== "off");

export function setSound(on: boolean): void {
  soundOn.value = on;
  localStorage.setItem(key, on ? "on" : "off");
}
