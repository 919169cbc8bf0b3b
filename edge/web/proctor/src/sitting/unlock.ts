// Unlock codes as people type them: digits, shown in the groups they are read in.

/** digits drops whatever is not one. */
export function digits(text: string): string {
  return text.replace(/[０-９]/g, (d) => String.fromCharCode(d.charCodeAt(0) - 0xfee0)).replace(/\D/g, "");
}

/** grouped puts a space after every four digits. */
export function grouped(code: string): string {
  return code.replace(/(\d{4})(?=\d)/g, "$1 ");
}
