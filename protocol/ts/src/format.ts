/** How dates, durations, scores and sizes are written on every screen. */

const SHANGHAI = 'Asia/Shanghai'

/** Anything that cannot be shown, and nothing at all. */
const NOTHING = '—'

type When = string | number | Date | null | undefined

function parts(when: When): Record<string, string> | undefined {
  if (when === null || when === undefined || when === '') return undefined
  const date = new Date(when)
  // Go's zero time means "never"
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() <= 1) return undefined
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: SHANGHAI, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  return Object.fromEntries(format.formatToParts(date).map((p) => [p.type, p.value]))
}

/** 2026-11-23, the day in Shanghai. */
export function formatDate(when: When): string {
  const p = parts(when)
  return p ? `${p.year}-${p.month}-${p.day}` : NOTHING
}

/** 2026年11月23日, for letters and certificates. */
export function formatDateLong(when: When): string {
  const p = parts(when)
  return p ? `${p.year}年${Number(p.month)}月${Number(p.day)}日` : NOTHING
}

/** 2026-11-23 16:05. */
export function formatDateTime(when: When): string {
  const p = parts(when)
  return p ? `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}` : NOTHING
}

/** 16:05:09. */
export function formatTime(when: When): string {
  const p = parts(when)
  return p ? `${p.hour}:${p.minute}:${p.second}` : NOTHING
}

/** 08:05, or 1:08:05 from an hour on: a countdown, in whole seconds, never below zero. */
export function formatClock(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING
  const s = Math.max(0, Math.ceil(seconds))
  const two = (n: number): string => String(n).padStart(2, '0')
  const tail = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
  return s >= 3600 ? `${Math.floor(s / 3600)}:${tail}` : tail
}

const UNITS: [number, string][] = [[86400, '天'], [3600, '小时'], [60, '分钟'], [1, '秒']]

/** 1 小时 5 分钟: the two largest units, rounded down. Used for ages and spans. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING
  let rest = Math.floor(Math.abs(seconds))
  const first = UNITS.findIndex(([size]) => rest >= size)
  if (first < 0) return '0 秒'
  const words: string[] = []
  for (const [size, unit] of UNITS.slice(first, first + 2)) {
    const n = Math.floor(rest / size)
    if (n > 0) words.push(`${n} ${unit}`)
    rest -= n * size
  }
  return words.join(' ')
}

/** 刚刚, 3 分钟前, 2 天前. `now` is passed in so that every row of a table uses the same one. */
export function formatAgo(when: When, now: number): string {
  if (!parts(when)) return NOTHING
  const seconds = (now - new Date(when!).getTime()) / 1000
  if (seconds < 5) return '刚刚'
  const [size, unit] = UNITS.find(([n]) => seconds >= n)!
  return `${Math.floor(seconds / size)} ${unit}前`
}

/** Points travel as tenths: 875 is 87.5 分. */
export function formatScore(tenths: number | null | undefined): string {
  return tenths === null || tenths === undefined || !Number.isFinite(tenths) ? NOTHING : `${formatPoints(tenths)} 分`
}

/** The bare number of formatScore: 87.5, 90. */
export function formatPoints(tenths: number): string {
  return tenths % 10 === 0 ? String(tenths / 10) : (tenths / 10).toFixed(1)
}

/** 45.2%, of a ratio; 100% only when it is whole, 0% only when it is nothing. */
export function formatPercent(part: number, whole: number): string {
  if (!(whole > 0)) return NOTHING
  const p = (part / whole) * 100
  const shown = p >= 100 ? 100 : Math.min(99.9, Math.floor(p * 10) / 10)
  return `${part > 0 ? Math.max(0.1, shown) : 0}%`
}

/** 1.5 MB, in units of 1024. */
export function formatBytes(n: number): string {
  if (!Number.isFinite(n) || n < 0) return NOTHING
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let i = 0
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024
    i++
  }
  return `${i === 0 ? n : n.toFixed(1)} ${units[i]}`
}
