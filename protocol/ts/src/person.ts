/**
 * ID number, mobile number and name: the same rules and codes as protocol/person
 * in Go, for telling people at the keyboard. The server checks again.
 */

/** A refusal: a stable code and what to tell the person. */
export interface Problem {
  code: string
  text: string
}

/** Either the normalised value or the problem. */
export type Checked = { ok: true; value: string } | { ok: false; problem: Problem }

const good = (value: string): Checked => ({ ok: true, value })
const bad = (code: keyof typeof texts): Checked => ({ ok: false, problem: { code, text: texts[code] } })

const texts = {
  'person.id.length': '身份证号码应为 18 位，请核对',
  'person.id.character': '身份证号码只能由数字组成，末位可为 X，请核对',
  'person.id.province': '身份证号码前两位不是有效的地区码，请核对',
  'person.id.birth': '身份证号码中的出生日期不存在，请核对',
  'person.id.checksum': '身份证号码校验位不正确，请核对是否输错',
  'person.mobile': '手机号码应为 11 位数字，以 1 开头，请核对',
  'person.name.length': '姓名应为 1 至 50 个字',
  'person.name.character': '姓名中有不能使用的字符，请按身份证填写',
} as const

const provinces = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
)

function dayExists(text: string): boolean {
  const [y, m, d] = [Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6, 8))]
  if (y < 1850) return false
  const day = new Date(Date.UTC(y, m - 1, d))
  return day.getUTCMonth() === m - 1 && day.getUTCDate() === d
}

/** ISO 7064 MOD 11-2 over 17 digits. */
function checkDigit(digits: string): string {
  let sum = 0
  for (const c of digits) sum = ((sum + Number(c)) * 2) % 11
  return '10X98765432'.charAt(sum)
}

/** An 18-character number; a lower-case x becomes X. */
export function checkID(text: string): Checked {
  if (utf8Length(text) !== 18) return bad('person.id.length')
  const id = text.replace(/x$/, 'X')
  if (!/^[0-9]{17}[0-9X]$/.test(id)) return bad('person.id.character')
  if (!id.startsWith('9') && !provinces.has(id.slice(0, 2))) return bad('person.id.province')
  if (!dayExists(id.slice(6, 14))) return bad('person.id.birth')
  if (checkDigit(id.slice(0, 17)) !== id.charAt(17)) return bad('person.id.checksum')
  return good(id)
}

/** Lengths are counted as the server counts them. */
function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

/** First three, last four, the rest starred; empty for anything that is not 18 long. */
export function maskID(id: string): string {
  return id.length === 18 ? id.slice(0, 3) + '*'.repeat(11) + id.slice(14) : ''
}

/** Day of birth (2006-01-02) in a number that checkID accepts. */
export function birthOf(id: string): string {
  return `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`
}

/** 1 male, 2 female (GB/T 2261.1), of a number that checkID accepts. */
export function sexOf(id: string): 1 | 2 {
  return Number(id.charAt(16)) % 2 === 1 ? 1 : 2
}

/** 11 digits, with or without +86. */
export function checkMobile(text: string): Checked {
  const number = text.replace(/^\+86/, '')
  return /^1[3-9][0-9]{9}$/.test(number) ? good(number) : bad('person.mobile')
}

/** First three and last four digits; empty for anything that is not 11 long. */
export function maskMobile(number: string): string {
  return number.length === 11 ? number.slice(0, 3) + '****' + number.slice(7) : ''
}

const MAX_NAME = 50

/** A name as on the card; spaces at the ends go, every kind of dot becomes ·. */
export function checkName(text: string): Checked {
  const name = text.replace(/^[ \u3000]+|[ \u3000]+$/g, '').replace(/[•・‧∙．]/g, '·')
  const chars = Array.from(name)
  if (chars.length === 0 || chars.length > MAX_NAME) return bad('person.name.length')
  let joint = true
  for (const c of chars) {
    if (/^[\p{Script=Han}〇]$/u.test(c) || (c < '\u0250' && /^\p{Script=Latin}$/u.test(c))) joint = false
    else if ("· -'.".includes(c) && !joint) joint = c !== '.'
    else return bad('person.name.character')
  }
  return joint ? bad('person.name.character') : good(name)
}

/** 张*, 张*三: the first character, and the last of three or more. */
export function maskName(name: string): string {
  const c = Array.from(name)
  if (c.length === 0) return ''
  if (c.length === 1) return '*'
  if (c.length === 2) return c[0] + '*'
  return c[0] + '*'.repeat(c.length - 2) + c[c.length - 1]
}
