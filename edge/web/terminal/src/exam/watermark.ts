// Who sits where, faintly over everything: a photograph of the screen says whose
// it is. Masked, because a photograph travels.
export function watermark(admission: string, seat: string): string {
  const masked = admission.length > 6 ? admission.slice(0, 3) + "*".repeat(admission.length - 6) + admission.slice(-3) : admission;
  const text = `${masked}　座位 ${seat}`.replace(/[<&>]/g, "");
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="420" height="240"><text x="30" y="150" transform="rotate(-24 210 120)"` +
    ` font-family="sans-serif" font-size="22" fill="#1d4f91" fill-opacity="0.075">${text}</text></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}
