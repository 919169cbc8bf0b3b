// What a form edits of a class: when, where, who teaches, for how many.
import type { Schemas } from "../api";

export interface Arrangement {
  venue: string;
  begins: string;
  ends: string;
  daily_from: string;
  daily_to: string;
  place: string;
  capacity: number;
  teacher: string;
  hours: number;
  beyond: string;
}

/** blank is a new class in the month of its plan. */
export function blank(plan?: Schemas["ClassPlan"]): Arrangement {
  const first = plan ? `${plan.year}-${String(plan.month).padStart(2, "0")}-01` : "";
  return { venue: "", begins: first, ends: first, daily_from: "09:00", daily_to: "16:00", place: "", capacity: 40, teacher: "", hours: 24, beyond: "" };
}

/** arranged is a class as it stands. */
export function arranged(c: Schemas["ClassClass"]): Arrangement {
  const { venue, begins, ends, daily_from, daily_to, place, capacity, teacher, hours, beyond } = c;
  return { venue, begins, ends, daily_from, daily_to, place, capacity, teacher, hours, beyond };
}
