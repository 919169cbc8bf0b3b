import { describe, expect, it } from "vitest";
import { toTheEnd } from "../src/audit/pages";
import { filterAlarms, filterMessages } from "../src/alarm/filter";
import type { Alarm, Schemas } from "../src/api";

describe("toTheEnd", () => {
  const read = (n: number) => (before: number) => {
    const from = before === 0 ? n : before - 1;
    return Promise.resolve(Array.from({ length: Math.min(3, from) }, (_, i) => ({ seq: from - i })));
  };

  it("reads each once, also when the last page is full or empty", async () => {
    for (const n of [0, 1, 3, 7, 9]) {
      const got = await toTheEnd(read(n), 3);
      expect(got.map((e) => e.seq)).toEqual(Array.from({ length: n }, (_, i) => n - i));
    }
  });
});

describe("alarms and messages", () => {
  const alarm = (id: string, more: Partial<Alarm>): Alarm => ({ id, at: "", code: "x", count: 1, level: "red", text: "无人", ...more });
  const alarms = [alarm("1", {}), alarm("2", { level: "yellow", seat: "A02" }), alarm("3", { ack_by: "chief", note: "已核对" })];
  const found = (f: Partial<{ q: string; level: string; ack: string }>): string[] => filterAlarms(alarms, { q: "", level: "", ack: "", ...f }).map((a) => a.id);

  it("are found by level, by whether somebody has seen them, and by a word", () => {
    expect(found({})).toEqual(["1", "2", "3"]);
    expect(found({ level: "yellow" })).toEqual(["2"]);
    expect(found({ ack: "open" })).toEqual(["1", "2"]);
    expect(found({ ack: "done" })).toEqual(["3"]);
    expect(found({ q: "a02" })).toEqual(["2"]);
    expect(found({ q: "核对" })).toEqual(["3"]);
  });

  it("are found when they are unread", () => {
    const messages: Schemas["Message"][] = [
      { id: "1", at: "", from: "考试中心", text: "请核对" },
      { id: "2", at: "", from: "考试中心", text: "已处理", read_by: "chief" },
    ];
    const ids = (read: string, q = ""): string[] => filterMessages(messages, { q, read }).map((m) => m.id);
    expect([ids(""), ids("new"), ids("read"), ids("", "核对")]).toEqual([["1", "2"], ["1"], ["2"], ["1"]]);
  });
});
