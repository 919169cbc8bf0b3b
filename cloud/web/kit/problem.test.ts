import { describe, expect, it, vi } from "vitest";
import { asProblem, Problem, problemOf, unreachable, wording } from "./problem";

describe("problemOf", () => {
  it("keeps the server's words, code and trace", () => {
    const p = problemOf(409, { code: "exam.paper.used", title: "规则已被使用，请另存为新版本", trace_id: "t1" });
    expect([p.status, p.code, p.title, p.trace]).toEqual([409, "exam.paper.used", "规则已被使用，请另存为新版本", "t1"]);
  });

  it.each([null, undefined, "<html>502</html>", 7, {}])("gives a next step when the body is %s", (body) => {
    const p = problemOf(502, body);
    expect(p.code).toBe("http.502");
    expect(p.title).toContain("请稍后重试");
  });

  it("carries what is wrong with each field", () => {
    const p = problemOf(400, { title: "请改正", errors: [{ location: "body.name", message: "必填：name" }, {}] });
    expect(p.fields).toEqual([{ location: "body.name", message: "必填：name" }, { location: "", message: "" }]);
    expect(wording(p)).toBe("请改正（必填：name）");
  });
});

describe("asProblem", () => {
  it("keeps a refusal", () => {
    const p = unreachable();
    expect(asProblem(p)).toBe(p);
  });

  it("makes a refusal of a fault of the page", () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const p = asProblem(new TypeError("x is not a function"));
    expect(p).toBeInstanceOf(Problem);
    expect(p.title).not.toContain("function");
  });
});
