/**
 * Requests of an exam terminal under its session key. Each carries a counter
 * that only rises and an HMAC-SM3 over method, target, body and counter, so that
 * nobody on the venue's network can repeat, alter or borrow one. The Go side is
 * protocol/envelope; both are checked with protocol/testdata/request.
 *
 * The edge takes counters in rising order only; who sends (the terminal's
 * Channel) keeps that order.
 */
import { hmacSM3, sm3, toHex, utf8 } from './sm3'

export const HEADER_SESSION = 'X-Huyun-Session'
export const HEADER_COUNTER = 'X-Huyun-Counter'
export const HEADER_MAC = 'X-Huyun-MAC'

/** What is authenticated: see Canonical in Go. */
export function canonical(method: string, target: string, body: Uint8Array, counter: number): string {
  return `${method}\n${target}\n${toHex(sm3(body))}\n${counter}`
}

/** The value of X-Huyun-MAC. */
export function signRequest(key: Uint8Array, method: string, target: string, body: Uint8Array, counter: number): string {
  return toHex(hmacSM3(key, utf8(canonical(method, target, body, counter))))
}

/** The server refused: its code and Chinese text, from problem+json. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: string,
    readonly traceID = '',
  ) {
    super(`${status} ${code}`)
    this.name = 'Refusal'
  }
}

/** No answer: the server is not there, or too slow. It may or may not have acted. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('no answer', { cause })
    this.name = 'Unreachable'
  }
}

/** Path and query exactly as a browser puts them in the request line. */
export function requestTarget(target: string): string {
  const url = new URL(target, 'http://terminal.invalid')
  return url.pathname + url.search
}

/** Reads problem+json; anything else gets a text of our own. */
export function refusal(status: number, body: string): Refusal {
  try {
    const p = JSON.parse(body) as { code?: unknown; title?: unknown; trace_id?: unknown }
    if (typeof p.code === 'string' && typeof p.title === 'string') {
      return new Refusal(status, p.code, p.title, typeof p.trace_id === 'string' ? p.trace_id : '')
    }
  } catch {
    // not JSON: a proxy's page, or nothing
  }
  return new Refusal(status, 'http', `服务返回异常（${status}），请稍后重试或联系监考员`)
}
