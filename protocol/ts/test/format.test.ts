import { describe, expect, it } from 'vitest'
import {
  formatAgo, formatBytes, formatClock, formatDate, formatDateLong, formatDateTime, formatDuration, formatPercent,
  formatScore, formatTime,
} from '../src'

const when = '2026-11-23T16:05:09.5Z' // already the 24th in Shanghai

describe('dates are those of Shanghai, wherever the browser is', () => {
  it('formats', () => {
    expect(formatDate(when)).toBe('2026-11-24')
    expect(formatDateLong('2026-03-04T00:00:00+08:00')).toBe('2026年3月4日')
    expect(formatDateTime(when)).toBe('2026-11-24 00:05')
    expect(formatTime(new Date(when))).toBe('00:05:09')
  })
  it.each([null, undefined, '', 'soon', '0001-01-01T00:00:00Z'])('shows %j as nothing', (v) => {
    expect(formatDateTime(v)).toBe('—')
    expect(formatAgo(v, Date.now())).toBe('—')
  })
})

describe('spans', () => {
  it.each([
    [0, '00:00'], [-3, '00:00'], [5, '00:05'], [4.2, '00:05'], [65, '01:05'], [3599, '59:59'], [3600, '1:00:00'], [36061, '10:01:01'],
    [NaN, '—'],
  ])('clock %d', (s, want) => expect(formatClock(s)).toBe(want))
  it.each([
    [0, '0 秒'], [59.9, '59 秒'], [60, '1 分钟'], [61, '1 分钟 1 秒'], [3605, '1 小时'], [3900, '1 小时 5 分钟'], [90061, '1 天 1 小时'],
    [NaN, '—'],
  ])('duration %d', (s, want) => expect(formatDuration(s)).toBe(want))
  it.each([[0, '刚刚'], [-60, '刚刚'], [6, '6 秒前'], [185, '3 分钟前'], [200000, '2 天前']])('ago %d', (s, want) => {
    const now = Date.parse(when)
    expect(formatAgo(now - s * 1000, now)).toBe(want)
  })
})

describe('numbers', () => {
  it.each([[875, '87.5 分'], [900, '90 分'], [0, '0 分'], [null, '—'], [undefined, '—']])('score %j', (n, want) => {
    expect(formatScore(n)).toBe(want)
  })
  it.each([[1, 3, '33.3%'], [999_999, 1_000_000, '99.9%'], [1, 1, '100%'], [0, 5, '0%'], [1, 100_000, '0.1%'], [1, 0, '—']])(
    'percent %d of %d', (a, b, want) => expect(formatPercent(a, b)).toBe(want))
  it.each([[0, '0 B'], [1023, '1023 B'], [1536, '1.5 KB'], [5 * 1024 ** 4, '5.0 TB'], [-1, '—']])('bytes %d', (n, want) => {
    expect(formatBytes(n)).toBe(want)
  })
})
