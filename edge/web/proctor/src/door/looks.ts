// Marks of the standings, so that a list needs no colour.
const marks: Record<string, string> = { expected: "○", pending: "▲", admitted: "✔", refused: "✖" };

export function lookOf(standing: string): string {
  return marks[standing] ?? "";
}
