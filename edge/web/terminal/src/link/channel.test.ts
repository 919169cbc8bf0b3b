import { HEADER_COUNTER, HEADER_MAC, HEADER_SESSION, Refusal, Unreachable, fromHex, signRequest, utf8 } from "@huyun/protocol";
import { expect, it, vi } from "vitest";
import { Abandoned, Channel } from "./channel";

const KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

interface Sent {
  target: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
}

function make(replies: (Response | Error)[], counter = 0) {
  const sent: Sent[] = [];
  const kept: number[] = [];
  const heard: boolean[] = [];
  const fake = vi.fn(async (target: string | URL | Request, init?: RequestInit) => {
    sent.push({ target: String(target), headers: init?.headers as Record<string, string>, body: init?.body as Uint8Array | undefined });
    const next = replies.shift() ?? Response.json({});
    if (next instanceof Error) throw next;
    return next;
  });
  const channel = new Channel(
    { id: "s1", key: KEY, counter },
    { keep: (n) => void kept.push(n), heard: (ok) => heard.push(ok), fetch: fake as typeof fetch },
  );
  return { channel, sent, kept, heard };
}

const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ code, title: "中文" }), { status, headers });

it("signs method, target with query, body and counter, as the server checks them", async () => {
  const { channel, sent, kept } = make([], 41);
  await channel.json("POST", "/terminal/v1/answer", { body: { item: "1" } });
  const headers = sent[0]?.headers ?? {};
  expect(headers[HEADER_SESSION]).toBe("s1");
  expect(headers[HEADER_COUNTER]).toBe("42");
  expect(headers[HEADER_MAC]).toBe(signRequest(fromHex(KEY), "POST", "/terminal/v1/answer", utf8('{"item":"1"}'), 42));
  expect(kept).toEqual([42]);
});

it("signs a picture's bytes", async () => {
  const { channel, sent } = make([]);
  await channel.json("POST", "/terminal/v1/face", { picture: new Blob([new Uint8Array([255, 216, 0])], { type: "image/jpeg" }) });
  expect(sent[0]?.headers["Content-Type"]).toBe("image/jpeg");
  expect(sent[0]?.headers[HEADER_MAC]).toBe(signRequest(fromHex(KEY), "POST", "/terminal/v1/face", new Uint8Array([255, 216, 0]), 1));
});

it("gives requests side by side different counters", async () => {
  const { channel, sent } = make([]);
  await Promise.all([channel.json("GET", "/a"), channel.json("GET", "/a"), channel.json("GET", "/a")]);
  expect(new Set(sent.map((s) => s.headers[HEADER_COUNTER])).size).toBe(3);
});

it("sends nothing when the counter cannot be made durable", async () => {
  const fake = vi.fn();
  const channel = new Channel({ id: "s1", key: KEY, counter: 0 }, { keep: () => Promise.reject(new Error("disk")), fetch: fake });
  await expect(channel.json("GET", "/x")).rejects.toThrow("disk");
  expect(fake).not.toHaveBeenCalled();
});

it("ends before the counter stops being exact", async () => {
  const { channel, sent } = make([], Number.MAX_SAFE_INTEGER);
  await expect(channel.json("GET", "/x")).rejects.toThrow(RangeError);
  expect(sent).toEqual([]);
});

it("takes an empty reply", async () => {
  const { channel } = make([new Response(null, { status: 204 })]);
  expect(await channel.json("POST", "/x")).toBeUndefined();
});

it("tells a refusal from silence, and both to whom it concerns", async () => {
  const { channel, heard } = make([problem(409, "exam.session.fenced"), new TypeError("cut")]);
  await expect(channel.json("GET", "/x")).rejects.toSatisfy((e) => e instanceof Refusal && e.code === "exam.session.fenced" && e.text === "中文");
  await expect(channel.json("GET", "/x")).rejects.toBeInstanceOf(Unreachable);
  expect(heard).toEqual([true, false]);
});

it("does not call a page of a proxy an answer of ours", async () => {
  const { channel } = make([new Response("<html>", { status: 502 })]);
  await expect(channel.json("GET", "/x")).rejects.toSatisfy((e) => e instanceof Refusal && e.status === 502);
});

it("counts on from the server's counter after one of ours was lost, once", async () => {
  const { channel, sent } = make([problem(409, "exam.session.replay", { [HEADER_COUNTER]: "900" }), Response.json({ ok: 1 })], 3);
  expect(await channel.write("/terminal/v1/answer", {})).toEqual({ ok: 1 });
  expect(sent.map((s) => s.headers[HEADER_COUNTER])).toEqual(["4", "901"]);
});

it("does not try for ever when the counter stays wrong", async () => {
  const { channel, sent } = make([problem(409, "exam.session.replay", { [HEADER_COUNTER]: "9" }), problem(409, "exam.session.replay", { [HEADER_COUNTER]: "9" })]);
  await expect(channel.write("/terminal/v1/answer", {})).rejects.toBeInstanceOf(Refusal);
  expect(sent).toHaveLength(2);
});

it("sends writes one after the other, with rising counters, also after a failure", async () => {
  let flying = 0;
  let most = 0;
  const order: string[] = [];
  const slow = (async (target: string, init?: RequestInit) => {
    order.push(`${target} ${(init?.headers as Record<string, string>)[HEADER_COUNTER] ?? ""}`);
    most = Math.max(most, ++flying);
    await new Promise((r) => setTimeout(r, 5));
    flying--;
    if (target === "/a") throw new TypeError("cut");
    return Response.json({});
  }) as typeof fetch;
  const channel = new Channel({ id: "s1", key: KEY, counter: 0 }, { keep: () => undefined, fetch: slow });
  const all = await Promise.allSettled([channel.write("/a", 1), channel.write("/b", 2), channel.write("/c", 3)]);
  expect(all.map((r) => r.status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(order).toEqual(["/a 1", "/b 2", "/c 3"]);
  expect(most).toBe(1);
});

it("a caller that gave up says nothing about the link", async () => {
  const { channel, heard } = make([new DOMException("", "AbortError")]);
  const giveUp = new AbortController();
  giveUp.abort();
  await expect(channel.json("GET", "/x", { signal: giveUp.signal })).rejects.toBeInstanceOf(Abandoned);
  expect(heard).toEqual([]);
});
