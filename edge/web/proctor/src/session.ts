// Who is signed in at this console.
import { ref } from "vue";
import { Problem } from "@kit/problem";
import { ask, client, setSession, type Schemas } from "./api";

export type Me = Schemas["MeBody"];

export const me = ref<Me | null>(null);

/** can says whether the signed-in proctor may do something; the server decides again. */
export function can(perm: string): boolean {
  return me.value?.permissions.includes(perm) ?? false;
}

/** nameOf is what a person at this venue is called; an account that is not ours stays as it is. */
export function nameOf(account: string): string {
  return account === "machine" || account === "system" ? "系统" : (me.value?.names[account] ?? account);
}

/** signName is a person on a form that is signed or kept: 姓名（账号）, since two may
 *  share a name. What is a name already, or nobody's here, stays as it is. */
export function signName(who: string): string {
  const name = me.value?.names[who];
  return name && name !== who ? `${name}（${who}）` : nameOf(who);
}

/** codeName is what a kind of irregularity is called. */
export function codeName(code: string): string {
  return me.value?.irregularity_codes.find((c) => c.code === code)?.name ?? "";
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
    return enter(await ask(client.GET("/proctor/v1/me")));
  } catch (e) {
    if (e instanceof Problem && e.status === 401) return null;
    throw e;
  }
}

/** refresh reads again what the server says of us: the face engine may have gone. */
export async function refresh(): Promise<void> {
  enter(await ask(client.GET("/proctor/v1/me")));
}

export async function signIn(username: string, password: string): Promise<Me> {
  return enter(await ask(client.POST("/proctor/v1/login", { body: { username, password } })));
}

export async function signOut(): Promise<void> {
  try {
    await ask(client.POST("/proctor/v1/logout"));
  } finally {
    forget();
  }
}

/** forget drops what the page knew; the server has ended the session. */
export function forget(): void {
  me.value = null;
  setSession("");
}
