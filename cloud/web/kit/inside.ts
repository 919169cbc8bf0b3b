/** inside keeps a way back within this site; anything else leads to the first page. */
export function inside(path: unknown): string {
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : "/";
}
