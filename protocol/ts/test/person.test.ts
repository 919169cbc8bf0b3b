import { describe, expect, it } from 'vitest'
import { birthOf, checkID, checkMobile, checkName, maskID, maskMobile, maskName, sexOf } from '../src'
import { vectors } from './vectors'

function code(checked: ReturnType<typeof checkID>): string {
  return checked.ok ? 'ok' : checked.problem.code
}

describe('ID number', () => {
  it.each(vectors.id.valid.map((v) => [v.note, v] as const))('accepts: %s', (_, v) => {
    expect(checkID(v.text)).toEqual({ ok: true, value: v.number })
    expect(maskID(v.number)).toBe(v.mask)
    expect(birthOf(v.number)).toBe(v.birth)
    expect(sexOf(v.number)).toBe(v.sex)
  })
  it.each(vectors.id.invalid.map((v) => [v.text, v.code] as const))('refuses %j: %s', (text, want) => {
    expect(code(checkID(text))).toBe(want)
  })
  it('masks nothing that is not a number', () => {
    expect(maskID('12')).toBe('')
  })
})

describe('mobile', () => {
  it.each(vectors.mobile.valid)('accepts $text', (v) => {
    expect(checkMobile(v.text)).toEqual({ ok: true, value: v.number })
    expect(maskMobile(v.number)).toBe(v.mask)
  })
  it.each(vectors.mobile.invalid)('refuses %j', (text) => {
    expect(code(checkMobile(text))).toBe('person.mobile')
  })
})

describe('name', () => {
  it.each(vectors.name.valid)('accepts $text', (v) => {
    expect(checkName(v.text)).toEqual({ ok: true, value: v.name })
    expect(maskName(v.name)).toBe(v.mask)
  })
  it.each(vectors.name.invalid.map((v) => [v.text, v.code] as const))('refuses %j: %s', (text, want) => {
    expect(code(checkName(text))).toBe(want)
  })
})
