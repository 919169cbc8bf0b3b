/** toTheEnd reads a list that comes in pages, newest first, each beginning below
 *  the last number of the one before; a page that is not full is the last. */
export async function toTheEnd<T extends { seq: number }>(page: (before: number) => Promise<T[]>, size: number): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const next = await page(all.at(-1)?.seq ?? 0);
    all.push(...next);
    if (next.length < size) return all;
  }
}
