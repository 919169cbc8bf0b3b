// What is left, from the venue server's word and a clock that only goes
// forward. The machine's date plays no part: setting it changes nothing. A
// machine that slept is put right by the server's next word.

/** Milliseconds that only rise; performance.now in the browser. */
export type Mono = () => number;

export class Countdown {
  private at = 0;
  private ms: number | null = null;
  private running = false;

  constructor(private readonly mono: Mono) {}

  /** The server's word, just now. A clock that stands (paused) stays at ms. */
  sync(ms: number, running: boolean): void {
    this.at = this.mono();
    this.ms = ms;
    this.running = running;
  }

  /** Milliseconds left, never below zero; null until the server has spoken. */
  left(): number | null {
    if (this.ms === null) return null;
    const gone = this.running ? Math.max(0, this.mono() - this.at) : 0;
    return Math.max(0, this.ms - gone);
  }
}

/** Candidates are warned when this many minutes are left. */
export const WARN_MINUTES = [10, 1];

/** The warning that is due when what is left went from `before` to `now`, in minutes. */
export function warning(before: number | null, now: number, allowed: number): number | null {
  if (before === null) return null;
  const due = WARN_MINUTES.filter((m) => before > m * 60_000 && now <= m * 60_000 && now > 0 && allowed > m * 60_000);
  return due.length > 0 ? Math.min(...due) : null;
}
