// The names behind the accounts that records keep.
import { reactive } from "vue";
import { ask, client } from "../../kit/client";

const names = reactive(new Map<string, string>()); // "": asked, and nobody's
let wanted = new Set<string>();

/** What machines and programs write where a person's account stands otherwise. */
function program(who: string): boolean {
  return who === "system" || who === "machine" || who.startsWith("system:");
}

const account = /^[a-z][a-z0-9_.-]{1,31}$/;

async function fetchNames(): Promise<void> {
  const list = [...wanted].slice(0, 100);
  wanted = new Set([...wanted].slice(100));
  if (wanted.size > 0) void fetchNames();
  for (const u of list) names.set(u, "");
  try {
    const got = await ask(client.GET("/api/v1/staff-names", { params: { query: { username: list } } }));
    for (const [u, name] of Object.entries(got.names)) names.set(u, name);
  } catch {
    for (const u of list) names.delete(u); // the account is shown; the next page asks again
  }
}

/** nameOf gives 姓名（账号） once it is known, the account until then. */
export function nameOf(who: string): string {
  if (program(who)) return "系统";
  if (!account.test(who)) return who; // a name already, or several
  const name = names.get(who);
  if (name === undefined && !wanted.has(who)) {
    if (wanted.size === 0) queueMicrotask(() => void fetchNames());
    wanted.add(who);
  }
  return name ? `${name}（${who}）` : who;
}

/** forgetNames is for another person at the same screen. */
export function forgetNames(): void {
  names.clear();
}
