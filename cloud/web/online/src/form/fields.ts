// Which field belongs to which tab, and which is shown.
import type { Case, Field } from "../api";

/** Who the applicant is; the rest is what they apply for. */
const personal = new Set(["name", "id_no", "sex", "birth", "nation", "residence", "mobile", "address"]);

export const tabs = ["申请信息", "业务信息", "申请材料"] as const;

/** tabOf is where a lacking item lies. */
export function tabOf(part: string, key: string): number {
  if (part === "MATERIAL") return 2;
  return personal.has(key) ? 0 : 1;
}

/** visible are the fields of a tab, by what has been chosen before them. */
export function visible(page: Case, values: Record<string, string>, tab: number): Field[] {
  const kept: Record<string, string> = {};
  return (page.fields ?? []).filter((f) => {
    if (f.when && !f.when.is.includes(kept[f.when.field] ?? "")) return false;
    kept[f.key] = values[f.key] ?? "";
    // what a platform would fill in and has nothing to say of, nobody is asked for
    if (f.source && !f.required && !page.sources[f.key] && f.kind !== "category") return false;
    return tabOf("FIELD", f.key) === tab;
  });
}

/** renewed tells whether a material that a notice asked for has come since. */
export function renewed(page: Case, code: string): boolean {
  const asked = page.course.findLast((s) => s.event === "require_correction");
  const have = page.materials.find((m) => m.code === code);
  return asked !== undefined && have !== undefined && have.at > asked.at;
}

/** chosen turns a comma list into what it holds. */
export function chosen(list: string): string[] {
  return list.split(",").filter(Boolean);
}
