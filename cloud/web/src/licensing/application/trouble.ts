// What is wrong with what somebody types, said at its field: the same rules and
// words as the server's, which checks again.
import { checkID, checkMobile, checkName } from "@huyun/protocol";

const rules: Record<string, (text: string) => ReturnType<typeof checkID>> = { idno: checkID, phone: checkMobile, name: checkName };

/** trouble is why a value cannot be right; empty: it can. A mask is what was shown,
 * and nobody has changed it. */
export function trouble(kind: string, value: string | undefined): string {
  const text = (value ?? "").trim();
  const rule = rules[kind];
  if (!rule || text === "" || text.includes("*")) return "";
  const c = rule(text);
  return c.ok ? "" : c.problem.text;
}

/** lack is trouble, or that nothing was given where something has to be. */
export function lack(kind: string, value: string | undefined, what: string): string {
  return (value ?? "").trim() === "" ? `请填写${what}` : trouble(kind, value);
}
