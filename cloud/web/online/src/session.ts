// Who is here, and what to do when the session has ended.
import { ref } from "vue";
import { setSession, whenSignedOut } from "../../kit/client";
import { ask, client, type Schemas } from "./api";

export const who = ref<Schemas["OnlineSession"] | null>(null);
export const about = ref<Schemas["OnlineAbout"] | null>(null);
export const ended = ref(false);

whenSignedOut(() => {
  ended.value = true;
});

function enter(session: Schemas["OnlineSession"]): void {
  who.value = session;
  ended.value = false;
  setSession(session.csrf);
}

export type Arrived = Schemas["OnlineArrived"];

/** arrive exchanges the platform's token, and signs nobody on: a link may be another's. */
export function arrive(token: string): Promise<Arrived> {
  return ask(client.POST("/api/v1/own/session", { body: { token_sno: token } }));
}

/** confirm says that it is they; what another left in this browser goes. */
export async function confirm(a: Arrived): Promise<void> {
  const session = await ask(client.POST("/api/v1/own/session/confirm", { body: { ticket: a.ticket } }));
  if (a.here !== "SAME") forget();
  enter(session);
}

/** resume finds the session of an earlier page. */
export async function resume(): Promise<boolean> {
  if (who.value) return true;
  try {
    enter(await ask(client.GET("/api/v1/own/session")));
    return true;
  } catch {
    return false;
  }
}

export async function leave(): Promise<void> {
  await ask(client.DELETE("/api/v1/own/session"));
  who.value = null;
  setSession("");
  forget();
}

/** forget leaves nothing of an applicant in a browser that others use too. */
function forget(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft-")) localStorage.removeItem(key);
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}

export async function introduce(): Promise<void> {
  try {
    about.value = await ask(client.GET("/api/v1/own/about"));
  } catch {
    about.value = null; // the page's own words have to do
  }
}
