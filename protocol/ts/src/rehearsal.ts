/**
 * An outage rehearsal in words: the venue's page and the centre's show the same
 * steps and figures.
 */
const steps: Record<string, string> = {
  login: '登录作答',
  cut: '断网续考',
  restart: '重启恢复',
  swap: '换机续考',
  close: '交卷核对',
}

/** What a step of a rehearsal is called, or its code. */
export function rehearsalStepName(code: string): string {
  return steps[code] ?? code
}

export interface RehearsalResult {
  passed: boolean
  aborted?: string
}

/** How a rehearsal went, with a mark, so that nobody has to tell by a colour. */
export function rehearsalVerdict(r: RehearsalResult): string {
  if (r.passed) return '✔ 通过'
  return r.aborted ? `✖ 中止：${r.aborted}` : '✖ 未通过'
}
