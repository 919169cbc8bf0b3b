import { describe, expect, it } from "vitest";
import { fromQuestion, newQuestion, toDraft } from "./write";

describe("a question's form", () => {
  it("sends what its type has and nothing else", () => {
    const f = newQuestion();
    Object.assign(f, { stem: " 何时启用计价器 ", options: ["甲", "乙", "", ""], right: ["B", "D"], industry: "taxi", categories: ["09002"], chapter: "运价" });
    const single = toDraft(f);
    expect(single.options).toEqual(["甲", "乙"]);
    expect(single.answer).toEqual(["B"]);
    expect(single.sub).toBeUndefined();
    f.type = "CASE";
    const story = toDraft(f);
    expect(story.options).toBeUndefined();
    expect(story.answer).toBeUndefined();
    expect(story.sub).toHaveLength(2);
  });

  it("gives back what was stored", () => {
    const stored = {
      id: "1", version: 2, industry: "bus", categories: ["13001"], subject: "理论", chapter: "应急", difficulty: 4, law_ref: "条例", type: "CASE", stem: "起火",
      media: [{ digest: "ab", type: "image/png" }],
      sub: [
        { id: "", version: 0, industry: "", categories: [], subject: "", chapter: "", difficulty: 0, law_ref: "", type: "MULTI", stem: "怎么办",
          options: [{ key: "A", text: "停车" }, { key: "B", text: "疏散" }], answer: ["A", "B"], explain: "先停车" },
        { id: "", version: 0, industry: "", categories: [], subject: "", chapter: "", difficulty: 0, law_ref: "", type: "TF", stem: "可以离开", answer: ["F"] },
      ],
    };
    const sent = toDraft(fromQuestion(stored));
    expect(sent.media).toEqual(stored.media);
    expect(sent.sub?.[0]).toMatchObject({ type: "MULTI", options: ["停车", "疏散"], answer: ["A", "B"], explain: "先停车" });
    expect(sent.sub?.[1]).toMatchObject({ type: "TF", answer: ["F"] });
  });
});
