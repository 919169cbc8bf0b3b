import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, fileName, setSession, whenSignedOut } from "./client";
import { Problem } from "./problem";

describe("fileName", () => {
  it.each([
    ["attachment; filename=export.xlsx; filename*=UTF-8''%E6%88%90%E7%BB%A9.xlsx", "成绩.xlsx"],
    ['attachment; filename="a b.xlsx"', "a b.xlsx"],
    ["attachment; filename=a.xlsx", "a.xlsx"],
    ["inline", null],
    [null, null],
  ])("of %s is %s", (header, name) => {
    expect(fileName(header)).toBe(name);
  });
});

describe("ask", () => {
  afterEach(() => setSession(""));
  const refused = (status: number, error: unknown): Promise<{ error: unknown; response: Response }> =>
    Promise.resolve({ error, response: new Response(null, { status }) });

  it("gives the body of an answer", async () => {
    await expect(ask(Promise.resolve({ data: 7, response: new Response() }))).resolves.toBe(7);
  });

  it("throws the server's refusal", async () => {
    await expect(ask(refused(403, { code: "auth.forbidden", title: "无权" }))).rejects.toMatchObject({ code: "auth.forbidden", title: "无权" });
  });

  it("says so when there was no answer", async () => {
    await expect(ask(Promise.reject(new TypeError("failed to fetch")))).rejects.toMatchObject({ code: "net.unreachable" });
  });

  it("tells the page when a session has ended, and not when there was none", async () => {
    const out = vi.fn();
    whenSignedOut(out);
    const ended = { code: "auth.required", title: "请先登录后再操作" };
    await expect(ask(refused(401, ended))).rejects.toBeInstanceOf(Problem);
    expect(out).not.toHaveBeenCalled();
    setSession("token");
    await expect(ask(refused(401, { code: "identity.password.wrong", title: "口令不正确" }))).rejects.toBeInstanceOf(Problem);
    expect(out).not.toHaveBeenCalled();
    await expect(ask(refused(401, ended))).rejects.toBeInstanceOf(Problem);
    expect(out).toHaveBeenCalledOnce();
  });
});
