// What the pages need to know of an application form.
import type { Schemas } from "../../api";

export const sourceNames: Record<string, string> = { ACCOUNT: "身份证", LICENCE: "从业资格证库", DRIVING: "驾驶证信息", ECERT: "电子证照库", MESSAGE: "便民系统" };

/** whose says whose word a field is. Online it is a platform's only if the platform said
 * it; at the window a clerk reads the card, and types what is on no card. Categories
 * are those of the certificate that was chosen. */
export function whose(f: Pick<Schemas["MatterField"], "key" | "kind" | "source">, of: Pick<Schemas["ApplicationPage"], "channel" | "said">): string {
  const source = f.source ?? "";
  const named = "来自" + (source === "ACCOUNT" && of.channel !== "W" ? "申请人账户" : (sourceNames[source] ?? source));
  if (f.kind === "category") return named;
  if (of.channel === "O" && !of.said.includes(f.key)) return "申请人填写";
  if (of.channel === "W" && (source === "DRIVING" || f.kind === "phone")) return "窗口登记";
  return named;
}

/** label is what a value is called where it is chosen from a list. */
export function label(f: Schemas["MatterField"], value: string): string {
  return f.choices?.find((c) => c.value === value)?.label ?? value;
}

/** fixed are the fields that a platform filled in; what a person typed can be put right. */
export function fixed(of: Schemas["ApplicationPage"]): Set<string> {
  return new Set(of.definition.fields.filter((f) => f.source && of.values[f.key] && whose(f, of).startsWith("来自")).map((f) => f.key));
}
