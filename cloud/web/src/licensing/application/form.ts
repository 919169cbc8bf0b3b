// What the pages need to know of an application form.
import type { Schemas } from "../../api";

export const sourceNames: Record<string, string> = { ACCOUNT: "身份证", LICENCE: "从业资格证库", DRIVING: "驾驶证信息", ECERT: "电子证照库", MESSAGE: "便民系统" };

/** sourceName is whose word a field is: online, an account's and not a card's; a
 * telephone number is on no card, at the window its holder said it. */
export function sourceName(f: Schemas["MatterField"], channel: string): string {
  const source = f.source ?? "";
  if (source !== "ACCOUNT") return sourceNames[source] ?? source;
  if (channel !== "W") return "申请人账户";
  return f.kind === "phone" ? "窗口登记" : sourceNames[source]!;
}

/** label is what a value is called where it is chosen from a list. */
export function label(f: Schemas["MatterField"], value: string): string {
  return f.choices?.find((c) => c.value === value)?.label ?? value;
}

/** fixed are the fields that a platform filled in. */
export function fixed(fields: Schemas["MatterField"][], values: Record<string, string>): Set<string> {
  return new Set(fields.filter((f) => f.source && values[f.key]).map((f) => f.key));
}
