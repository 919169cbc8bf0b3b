// Who is signed in. The only state that pages share.
import { ref } from "vue";
import type { components } from "@huyun/protocol/console";
import { ask, client, setSession } from "../kit/client";
import { Problem } from "../kit/problem";
import { forgetNames } from "./identity/names";

export type Me = components["schemas"]["IdentityMe"];

export const me = ref<Me | null>(null);

/** can says whether the signed-in user may use an operation; the server decides again. */
export function can(perm: string): boolean {
  return me.value?.perms.includes(perm) ?? false;
}

function enter(who: Me): Me {
  me.value = who;
  setSession(who.csrf);
  return who;
}

/** resume asks the server whether the browser still has a session. */
export async function resume(): Promise<Me | null> {
  if (me.value) return me.value;
  try {
    return enter(await ask(client.GET("/api/v1/session")));
  } catch (e) {
    if (e instanceof Problem && e.status === 401) return null;
    throw e;
  }
}

export async function signIn(username: string, password: string): Promise<Me> {
  return enter(await ask(client.POST("/api/v1/session", { body: { username, password } })));
}

export async function signOut(): Promise<void> {
  await ask(client.DELETE("/api/v1/session"));
  forget();
}

/** forget drops what the page knew; the server has ended the session. */
export function forget(): void {
  me.value = null;
  setSession("");
  forgetNames();
}
