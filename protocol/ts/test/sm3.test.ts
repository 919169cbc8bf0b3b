import { describe, expect, it } from 'vitest'
import { fromHex, hmacSM3, sm3, toHex, utf8 } from '../src'
import { vectors } from './vectors'

describe('SM3', () => {
  it.each(vectors.sm3.map((v) => [v.note, v] as const))('%s', (_, v) => {
    const input = 'hex' in v && v.hex ? fromHex(v.hex) : utf8((v.text ?? '').repeat(v.times ?? 1))
    expect(toHex(sm3(input))).toBe(v.sm3)
    const cut = Math.floor(input.length / 3)
    expect(toHex(sm3(input.slice(0, cut), input.slice(cut)))).toBe(v.sm3)
  })
})

describe('HMAC-SM3', () => {
  it.each(vectors.hmac.map((v) => [v.note, v] as const))('%s', (_, v) => {
    const data = fromHex(v.data)
    expect(toHex(hmacSM3(fromHex(v.key), data))).toBe(v.mac)
    expect(toHex(hmacSM3(fromHex(v.key), data.slice(0, 3), data.slice(3)))).toBe(v.mac)
  })
})

describe('hexadecimal', () => {
  it('goes both ways', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(fromHex(toHex(bytes))).toEqual(bytes)
  })
  it.each(['0', 'zz', '0x', ' 00', '0g'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError)
  })
})
