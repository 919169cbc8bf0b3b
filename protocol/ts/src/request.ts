/**
 * Requests of an exam terminal under its session key. Each carries a counter
 * that only rises and an HMAC-SM3 over method, target, body and counter, so that
 * nobody on the venue's network can repeat, alter or borrow one. The Go side is
 * protocol/envelope; both are checked with protocol/testdata/request.
 *
 * The edge takes counters in rising order only. So requests go out one at a
 * time, and a request without an answer is either sent again, bit for bit, before
 * any other (the edge answers it from what it stored), or signed anew later,
 * which is right for whatever the body itself makes idempotent, as an answer's
 * revision number does.
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

/** A request that can be sent any number of times. Safe to keep in IndexedDB. */
export interface Signed {
  method: string
  target: string
  body?: string
  counter: number
  headers: Record<string, string>
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

export interface SessionOptions {
  id: string
  key: Uint8Array
  /** Last counter used, from durable storage; the next request has the one after it. */
  counter: number
  /** Called before a request is signed; must make the number durable before it resolves. Keep the largest. */
  save: (counter: number) => Promise<void>
  fetch?: typeof fetch
  /** Origin of the server; the page's own when absent. */
  origin?: string
  timeoutMS?: number
}

const DEFAULT_TIMEOUT_MS = 10_000

/** A terminal's session at the edge. */
export class Session {
  private counter: number
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: SessionOptions) {
    this.counter = options.counter
  }

  /** Signs a request with the next counter, which is durable before this resolves. */
  async sign(method: string, target: string, body?: unknown): Promise<Signed> {
    if (this.counter >= Number.MAX_SAFE_INTEGER) throw new RangeError('session counter exhausted')
    const counter = ++this.counter
    await this.options.save(counter)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const wire = requestTarget(target)
    const headers: Record<string, string> = {
      [HEADER_SESSION]: this.options.id,
      [HEADER_COUNTER]: String(counter),
      [HEADER_MAC]: signRequest(this.options.key, method, wire, utf8(text ?? ''), counter),
    }
    if (text !== undefined) headers['Content-Type'] = 'application/json'
    return { method, target: wire, body: text, counter, headers }
  }

  /** Sends it; JSON of the reply, undefined for an empty one. Throws Refusal or Unreachable. */
  async send<T>(request: Signed): Promise<T> {
    const send = this.options.fetch ?? fetch
    let reply: Response
    let text: string
    try {
      reply = await send((this.options.origin ?? '') + request.target, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        signal: AbortSignal.timeout(this.options.timeoutMS ?? DEFAULT_TIMEOUT_MS),
      })
      text = await reply.text()
    } catch (cause) {
      throw new Unreachable(cause)
    }
    if (!reply.ok) throw refusal(reply.status, text)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** sign, then send, when every earlier request has its answer or has failed. */
  request<T>(method: string, target: string, body?: unknown): Promise<T> {
    const turn = this.last.then(async () => this.send<T>(await this.sign(method, target, body)))
    this.last = turn.catch(() => undefined)
    return turn
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
