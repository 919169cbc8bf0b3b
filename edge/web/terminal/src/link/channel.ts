// Signed requests under one key (a paired machine's, or a candidate's session).
// Reads and pictures go out side by side. What the server counts, answers and
// the hand-in, goes out one at a time: write() keeps the order.
import { sebHeaders } from "./seb";
import {
  HEADER_COUNTER, HEADER_MAC, HEADER_SESSION, Refusal, Unreachable, fromHex, refusal, requestTarget, signRequest, utf8,
} from "@huyun/protocol";

/** Whose key it is, and the last counter that was used with it. */
export interface Identity {
  id: string;
  key: string;
  counter: number;
}

export interface ChannelOptions {
  /** Makes a counter durable before it is used. */
  keep: (counter: number) => Promise<void> | void;
  /** Told after each request whether anybody answered. */
  heard?: (answered: boolean) => void;
  fetch?: typeof fetch;
}

export interface Sending {
  body?: unknown;
  picture?: Blob;
  timeoutMS?: number;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 8000;
const REPLAY = "exam.session.replay";

/** The caller gave up waiting: says nothing about the link. */
export class Abandoned extends Error {}

export class Channel {
  private counter: number;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly key: Uint8Array;

  constructor(
    private readonly who: Identity,
    private readonly options: ChannelOptions,
  ) {
    this.counter = who.counter;
    this.key = fromHex(who.key);
  }

  /** The JSON of the reply; undefined for an empty one. */
  async json<T>(method: string, target: string, sending: Sending = {}): Promise<T> {
    const text = await (await this.send(method, target, sending)).text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** A picture. */
  async blob(target: string): Promise<Blob> {
    return (await this.send("GET", target, {})).blob();
  }

  /**
   * A request whose counter has to rise, after every earlier one has its answer
   * or has failed. When the server says that our counter is behind, as after a
   * crash that lost the last few, it counts on from the server's and tries once
   * more.
   */
  write<T>(target: string, body: unknown): Promise<T> {
    const mine = this.turn.then(async () => {
      try {
        return await this.json<T>("POST", target, { body });
      } catch (e) {
        if (e instanceof Refusal && e.code === REPLAY && this.caughtUp) {
          this.caughtUp = false;
          return this.json<T>("POST", target, { body });
        }
        throw e;
      }
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private caughtUp = false;

  private async send(method: string, target: string, sending: Sending): Promise<Response> {
    const payload = await bytes(sending);
    if (this.counter >= Number.MAX_SAFE_INTEGER) throw new RangeError("counter exhausted");
    const counter = ++this.counter;
    await this.options.keep(counter);
    const wire = requestTarget(target);
    const headers: Record<string, string> = {
      [HEADER_SESSION]: this.who.id,
      [HEADER_COUNTER]: String(counter),
      [HEADER_MAC]: signRequest(this.key, method, wire, payload ?? new Uint8Array(), counter),
    };
    Object.assign(headers, sebHeaders());
    if (sending.picture) headers["Content-Type"] = sending.picture.type;
    else if (payload) headers["Content-Type"] = "application/json";
    const reply = await this.fetch(wire, { method, headers, body: payload }, sending);
    if (reply.ok) return reply;
    this.countOn(reply);
    throw refusal(reply.status, await reply.text());
  }

  private async fetch(target: string, init: RequestInit, sending: Sending): Promise<Response> {
    const patience = AbortSignal.timeout(sending.timeoutMS ?? TIMEOUT_MS);
    const signal = sending.signal ? AbortSignal.any([patience, sending.signal]) : patience;
    try {
      const reply = await (this.options.fetch ?? fetch)(target, {
        ...init, signal, cache: "no-store", credentials: "omit", redirect: "error",
      });
      // The body may still break off: read it here, where that counts as no answer.
      const body = await reply.blob();
      const whole = new Response(reply.status === 204 ? null : body, { status: reply.status, headers: reply.headers });
      this.options.heard?.(true);
      return whole;
    } catch (cause) {
      if (sending.signal?.aborted) throw new Abandoned();
      this.options.heard?.(false);
      throw new Unreachable(cause);
    }
  }

  private countOn(reply: Response): void {
    const at = Number(reply.headers.get(HEADER_COUNTER));
    if (Number.isSafeInteger(at) && at > 0) {
      this.counter = at;
      this.caughtUp = true;
    }
  }
}

async function bytes(sending: Sending): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (sending.picture) return new Uint8Array(await sending.picture.arrayBuffer());
  return sending.body === undefined ? undefined : (utf8(JSON.stringify(sending.body)) as Uint8Array<ArrayBuffer>);
}

/** A request that needs no key: pairing. */
export async function post<T>(target: string, body: unknown): Promise<T> {
  let reply: Response;
  let text: string;
  try {
    reply = await fetch(target, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await reply.text();
  } catch (cause) {
    throw new Unreachable(cause);
  }
  if (!reply.ok) throw refusal(reply.status, text);
  return JSON.parse(text) as T;
}
