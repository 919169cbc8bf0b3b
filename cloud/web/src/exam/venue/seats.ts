// Seats of a room as people write them: "01-30, A1, A2".

/** readSeats unfolds ranges; both ends of a range have the same letters and digits. */
export function readSeats(text: string): string[] {
  const out: string[] = [];
  for (const part of text.split(/[\s,，、;；]+/).filter(Boolean)) {
    const range = /^([A-Za-z]*)(\d+)[-－~～至](?:\1)?(\d+)$/.exec(part);
    const [from, to] = [Number(range?.[2]), Number(range?.[3])];
    if (!range || from > to || to - from > 500) {
      out.push(part);
      continue;
    }
    const width = range[2]!.length;
    for (let n = from; n <= to; n++) out.push(range[1] + String(n).padStart(width, "0"));
  }
  return [...new Set(out)];
}

/** writeSeats folds runs of numbers back into ranges. */
export function writeSeats(seats: string[]): string {
  const out: string[] = [];
  for (let i = 0; i < seats.length; ) {
    let j = i;
    while (j + 1 < seats.length && follows(seats[j]!, seats[j + 1]!)) j++;
    if (j - i >= 2) out.push(`${seats[i]}-${/\d+$/.exec(seats[j]!)![0]}`);
    else out.push(...seats.slice(i, j + 1));
    i = j + 1;
  }
  return out.join("、");
}

function follows(a: string, b: string): boolean {
  const [x, y] = [/^([A-Za-z]*)(\d+)$/.exec(a), /^([A-Za-z]*)(\d+)$/.exec(b)];
  return !!x && !!y && x[1] === y[1] && Number(x[2]) + 1 === Number(y[2]) && x[2]!.length === y[2]!.length;
}
