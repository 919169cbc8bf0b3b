// A scanner types like a keyboard, wherever the focus happens to be.

/** forSearch says whether a key belongs into the search box: a digit that no
 *  other field or dialog is waiting for. */
export function forSearch(e: Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey" | "target">): boolean {
  if (!/^[0-9]$/.test(e.key) || e.ctrlKey || e.altKey || e.metaKey) return false;
  const target = e.target as Element | null;
  return !target?.closest?.("input, textarea, select, [contenteditable], [role='dialog'], .el-overlay");
}
