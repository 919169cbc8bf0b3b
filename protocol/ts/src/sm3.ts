/**
 * SM3 (GB/T 32905) and HMAC-SM3. Our own, because terminals are served over
 * plain HTTP inside a venue, where the browser has no crypto.subtle, and
 * because no well-kept package has SM3 without bringing a whole SM2 along.
 * Not constant-time in the key beyond what the algorithm is by itself.
 */

const BLOCK = 64

/** Digest length in bytes. */
export const SM3_SIZE = 32

const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n))

/** T_j <<< j, for the 64 rounds. */
const T = Int32Array.from({ length: 64 }, (_, j) => rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32))

const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]

/** One compression: state ← state ^ CF(state, block). W is scratch. */
function compress(state: Int32Array, block: DataView, at: number, W: Int32Array): void {
  for (let j = 0; j < 16; j++) W[j] = block.getInt32(at + 4 * j)
  for (let j = 16; j < 68; j++) {
    const x = W[j - 16]! ^ W[j - 9]! ^ rotl(W[j - 3]!, 15)
    W[j] = x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(W[j - 13]!, 7) ^ W[j - 6]!
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let j = 0; j < 64; j++) {
    const a12 = rotl(a, 12)
    const ss1 = rotl((a12 + e + T[j]!) | 0, 7)
    const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
    const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
    const tt1 = (ff + d + (ss1 ^ a12) + (W[j]! ^ W[j + 4]!)) | 0
    const tt2 = (gg + h + ss1 + W[j]!) | 0
    d = c
    c = rotl(b, 9)
    b = a
    a = tt1
    h = g
    g = rotl(f, 19)
    f = e
    e = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17)
  }
  const next = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = state[i]! ^ next[i]!
}

/** SM3 of the concatenation of parts. */
export function sm3(...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((n, p) => n + p.length, 0)
  const padded = new Uint8Array(Math.ceil((length + 9) / BLOCK) * BLOCK)
  let at = 0
  for (const p of parts) {
    padded.set(p, at)
    at += p.length
  }
  padded[length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(length / 0x20000000))
  view.setUint32(padded.length - 4, (length << 3) >>> 0)

  const state = Int32Array.from(IV)
  const W = new Int32Array(68)
  for (let i = 0; i < padded.length; i += BLOCK) compress(state, view, i, W)
  const out = new Uint8Array(SM3_SIZE)
  const words = new DataView(out.buffer)
  state.forEach((word, i) => words.setInt32(4 * i, word))
  return out
}

/** HMAC-SM3 of the concatenation of parts. */
export function hmacSM3(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const k = new Uint8Array(BLOCK)
  k.set(key.length > BLOCK ? sm3(key) : key)
  const inner = sm3(k.map((b) => b ^ 0x36), ...parts)
  return sm3(k.map((b) => b ^ 0x5c), inner)
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}

/** Undoes toHex; throws RangeError on anything but pairs of hexadecimal digits. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new RangeError('not hexadecimal')
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
