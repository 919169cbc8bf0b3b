// What the server says when it refuses: RFC 9457 with our code and a Chinese
// title that tells the user what to do next.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly trace: string,
    readonly fields: { location: string; message: string }[] = [],
  ) {
    super(title);
  }
}

interface Body {
  code?: string;
  title?: string;
  trace_id?: string;
  errors?: { location?: string; message?: string }[];
}

/** problemOf reads a refusal; a body that is not ours still gives a next step. */
export function problemOf(status: number, body: unknown): Problem {
  const b = (typeof body === "object" && body !== null ? body : {}) as Body;
  const fields = (b.errors ?? []).map((e) => ({ location: e.location ?? "", message: e.message ?? "" }));
  return new Problem(status, b.code ?? "http." + status, b.title ?? "操作未完成，请稍后重试", b.trace_id ?? "", fields);
}

/** unreachable is what is thrown when there was no answer at all. */
export function unreachable(): Problem {
  return new Problem(0, "net.unreachable", "连接不上服务器，请检查网络；未保存的内容请勿关闭页面", "");
}

/** asProblem keeps a refusal and makes one of anything else that was thrown. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e;
  console.error(e);
  return new Problem(0, "page.error", "页面出错，请刷新后重试", "");
}

/** wording is a refusal in one line: the title, and what is wrong with each field. */
export function wording(p: Problem): string {
  const where = p.fields.map((f) => f.message).filter(Boolean);
  return where.length > 0 ? `${p.title}（${where.join("；")}）` : p.title;
}
