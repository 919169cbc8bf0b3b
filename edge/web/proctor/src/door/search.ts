// Finding a candidate at the door: by admission number, name or seat.
import type { Candidate } from "../api";

/** search keeps who matches, the exact ones first; without a word, everybody in
 *  the standing that is asked for. */
export function search(list: readonly Candidate[], word: string, standing: string): Candidate[] {
  const q = word.trim().toLowerCase();
  const rank = (c: Candidate): number => {
    if (q === "") return 0;
    if (c.admission.toLowerCase() === q || c.seat.toLowerCase() === q || c.name.toLowerCase() === q) return 0;
    if (c.admission.toLowerCase().endsWith(q) || c.seat.toLowerCase().startsWith(q)) return 1;
    if (c.name.toLowerCase().includes(q) || c.admission.toLowerCase().includes(q)) return 2;
    return -1;
  };
  return list
    .filter((c) => standing === "" || c.standing === standing)
    .map((c) => ({ c, r: rank(c) }))
    .filter((x) => x.r >= 0)
    .sort((a, b) => a.r - b.r || a.c.admission.localeCompare(b.c.admission))
    .map((x) => x.c);
}

/** count says how many stand where. */
export function count(list: readonly Candidate[]): Record<string, number> {
  const out: Record<string, number> = { expected: 0, pending: 0, admitted: 0, refused: 0 };
  for (const c of list) out[c.standing] = (out[c.standing] ?? 0) + 1;
  return out;
}
