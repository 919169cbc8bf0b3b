import { describe, expect, it } from 'vitest'
import { canonical, fromHex, refusal, Refusal, requestTarget, Session, signRequest, Unreachable, utf8 } from '../src'
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

const key = fromHex('00112233445566778899aabbccddeeff')

function session(answer: (url: string, init: RequestInit) => Response | Promise<Response>, saved: number[] = [], counter = 0): Session {
  return new Session({
    id: 's-1', key, counter, origin: 'http://edge',
    save: async (n) => void saved.push(n),
    fetch: (async (url: string, init: RequestInit) => answer(url, init)) as unknown as typeof fetch,
  })
}

describe('a session', () => {
  it('signs what it sends, with a counter that was made durable first', async () => {
    const saved: number[] = []
    const seen: [string, RequestInit][] = []
    const s = session((url, init) => {
      expect(saved.at(-1)).toBe(Number((init.headers as Record<string, string>)['X-Huyun-Counter']))
      seen.push([url, init])
      return new Response('{"ok":1}')
    }, saved, 7)
    expect(await s.request('POST', '/terminal/v1/answer', { a: '张' })).toEqual({ ok: 1 })
    expect(await s.request('GET', '/terminal/v1/paper')).toEqual({ ok: 1 })
    expect(saved).toEqual([8, 9])
    const [url, init] = seen[0]!
    expect(url).toBe('http://edge/terminal/v1/answer')
    expect((init.headers as Record<string, string>)['X-Huyun-MAC']).toBe(
      signRequest(key, 'POST', '/terminal/v1/answer', utf8('{"a":"张"}'), 8))
    expect(seen[1]![1].body).toBeUndefined()
  })

  it('gives parallel requests different counters', async () => {
    const s = session(() => new Response(''))
    const signed = await Promise.all([s.sign('GET', '/a'), s.sign('GET', '/a'), s.sign('GET', '/a')])
    expect(new Set(signed.map((r) => r.counter)).size).toBe(3)
  })

  it('sends one request at a time, in the order of its counters, also past a failure', async () => {
    const seen: number[] = []
    let inFlight = 0
    const s = session(async (_, init) => {
      expect(++inFlight).toBe(1)
      await Promise.resolve()
      inFlight--
      seen.push(Number((init.headers as Record<string, string>)['X-Huyun-Counter']))
      if (seen.length === 2) throw new TypeError('network')
      return new Response('')
    })
    const results = await Promise.allSettled(['/a', '/b', '/c', '/d'].map((target) => s.request('GET', target)))
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(seen).toEqual([1, 2, 3, 4])
  })

  it('repeats a request bit for bit after no answer', async () => {
    const seen: string[] = []
    const s = session((_, init) => {
      seen.push(JSON.stringify(init.headers))
      if (seen.length === 1) throw new TypeError('network')
      return new Response(null, { status: 204 })
    })
    const signed = await s.sign('POST', '/x', {})
    await expect(s.send(signed)).rejects.toBeInstanceOf(Unreachable)
    expect(await s.send(signed)).toBeUndefined()
    expect(seen[0]).toBe(seen[1])
  })

  it('does not sign when the counter cannot be made durable', async () => {
    const s = new Session({ id: 's', key, counter: 0, save: () => Promise.reject(new Error('disk')) })
    await expect(s.sign('GET', '/')).rejects.toThrow('disk')
  })

  it('tells what the server refused', async () => {
    const s = session(() => new Response('{"code":"exam.attempt.fenced","title":"座位已更换","trace_id":"t1"}', { status: 409 }))
    await expect(s.request('POST', '/x')).rejects.toMatchObject(
      { name: 'Refusal', status: 409, code: 'exam.attempt.fenced', text: '座位已更换', traceID: 't1' })
  })

  it('ends before the counter stops being exact', async () => {
    await expect(session(() => new Response(''), [], Number.MAX_SAFE_INTEGER).sign('GET', '/')).rejects.toThrow(RangeError)
  })
})

describe('a refusal that is not ours', () => {
  it.each(['', '<html>', '{}', '{"code":1,"title":2}', 'null'])('%j', (body) => {
    const r = refusal(502, body)
    expect(r).toBeInstanceOf(Refusal)
    expect(r.code).toBe('http')
    expect(r.text).toContain('502')
  })
})
