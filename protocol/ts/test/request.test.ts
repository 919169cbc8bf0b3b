import { describe, expect, it } from 'vitest'
import { canonical, fromHex, refusal, Refusal, requestTarget, signRequest, utf8 } from '../src'
import { vectors } from './vectors'

describe('the canonical string', () => {
  it.each(vectors.request.map((v) => [v.note, v] as const))('%s', (_, v) => {
    expect(requestTarget(v.target)).toBe(v.target)
    expect(canonical(v.method, v.target, utf8(v.body), v.counter)).toBe(v.canonical)
    expect(signRequest(fromHex(v.key), v.method, v.target, utf8(v.body), v.counter)).toBe(v.mac)
  })
  it('uses the target as the browser will send it', () => {
    expect(requestTarget('/a/../b?名=张 三#x')).toBe('/b?%E5%90%8D=%E5%BC%A0%20%E4%B8%89')
  })
})

it('a refusal of ours keeps code, text and trace', () => {
  expect(refusal(409, '{"code":"exam.attempt.fenced","title":"座位已更换","trace_id":"t1"}')).toMatchObject(
    { name: 'Refusal', status: 409, code: 'exam.attempt.fenced', text: '座位已更换', traceID: 't1' })
})

describe('a refusal that is not ours', () => {
  it.each(['', '<html>', '{}', '{"code":1,"title":2}', 'null'])('%j', (body) => {
    const r = refusal(502, body)
    expect(r).toBeInstanceOf(Refusal)
    expect(r.code).toBe('http')
    expect(r.text).toContain('502')
  })
})
