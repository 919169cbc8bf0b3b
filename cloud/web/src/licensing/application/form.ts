// What the pages need to know of an application form.
import type { Schemas } from "../../api";

export const sourceNames: Record<string, string> = { ACCOUNT: "身份证", LICENCE: "从业资格证库", DRIVING: "驾驶证信息", ECERT: "电子证照库", MESSAGE: "便民系统" };

/** sourceName is whose word a field is. Online it is a platform's only if the platform
 * said it; at the window a clerk reads the card, and types what is on no card. */
export function sourceName(f: Schemas["MatterField"], of: Schemas["ApplicationPage"]): string {
  const source = f.source ?? "";
  if (of.channel === "O") {
    if (!of.said.includes(f.key)) return "申请人填写";
    return source === "ACCOUNT" ? "申请人账户" : (sourceNames[source] ?? source);
  }
  if (of.channel === "W" && (source === "DRIVING" || f.kind === "phone")) return "窗口登记";
  return source === "ACCOUNT" && of.channel !== "W" ? "申请人账户" : (sourceNames[source] ?? source);
}

/** label is what a value is called where it is chosen from a list. */
export function label(f: Schemas["MatterField"], value: string): string {
  return f.choices?.find((c) => c.value === value)?.label ?? value;
}

/** fixed are the fields that a platform filled in. */
export function fixed(fields: Schemas["MatterField"][], values: Record<string, string>): Set<string> {
  return new Set(fields.filter((f) => f.source && values[f.key]).map((f) => f.key));
}
