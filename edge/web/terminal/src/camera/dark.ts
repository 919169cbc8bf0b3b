// Whether a picture shows anything: a cap on the lens, a closed shutter and a
// driver that delivers empty frames all look alike.

/** Mean light, of 255: a hall with the lights off is still some 15. */
const DARK = 8;
/** What must differ between the darkest and the brightest spot: in the dark more, where a covered sensor's noise is all. */
const CONTRAST = { dark: 64, light: 4 };

/** isDark judges RGBA pixels: everywhere nearly black, or one flat colour. */
export function isDark(rgba: ArrayLike<number>): boolean {
  let sum = 0;
  let low = 255;
  let high = 0;
  const n = Math.floor(rgba.length / 4);
  if (n === 0) return true;
  for (let i = 0; i < n; i++) {
    const light = 0.299 * (rgba[4 * i] ?? 0) + 0.587 * (rgba[4 * i + 1] ?? 0) + 0.114 * (rgba[4 * i + 2] ?? 0);
    sum += light;
    low = Math.min(low, light);
    high = Math.max(high, light);
  }
  return high - low < (sum / n < DARK ? CONTRAST.dark : CONTRAST.light);
}
