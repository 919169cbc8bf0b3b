// What every page owes its readers, held to by reading the pages' sources: a list
// searches, pages, exports and has words for nothing and for trouble; what is
// loaded shows that it is loading and what went wrong; a table says when it is
// empty. Adding to an exception is a decision that a reviewer sees.
import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>("../src/**/*.vue", { query: "?raw", import: "default", eager: true });

// Lists for which these do not fit, and why.
const exceptions: Record<string, string> = {
  "app/FaceCount.vue": "a line of the start page that stays away when it cannot be loaded",
};

interface Rule {
  when: RegExp; // what makes a page one that owes this
  owes: [RegExp, string][];
}

const table = /<TablePage/;
const rules: Rule[] = [
  {
    when: table,
    owes: [
      [/\s:?empty="[^"]+"/, "words for an empty list"],
      [/\s:?exports="[^"]+"/, "an export"],
      [/\s:?search-hint=/, "a search field, or the word that there is none"],
    ],
  },
  {
    when: /useList[<(](?![\s\S]*<TablePage)/, // a list of cards
    owes: [
      [/role="search"/, "a search form"],
      [/<ExportButton/, "an export"],
      [/<el-pagination/, "pages"],
      [/<el-empty/, "words for an empty list"],
      [/<ErrorState/, "what went wrong, with a next step"],
      [/<el-skeleton|v-loading/, "that it is loading"],
    ],
  },
  { when: /= useLoad\(/, owes: [[/<LoadState|<ErrorState|<LoadNotice|\.problem/, "what loading looks like, and what went wrong"]] },
  { when: /<el-table\b/, owes: [[/empty-text="[^"]+"|#empty|<el-empty|v-if="[^"]*\.length[^"]*"|v-else-if="[^"]*\.length/, "words for an empty table"]] },
];

/** missing is what a page owes and has not. */
function missing(source: string): string[] {
  return rules.filter((r) => r.when.test(source)).flatMap((r) => r.owes.filter(([has]) => !has.test(source)).map(([, what]) => what));
}

describe("every page", () => {
  it("was found", () => expect(Object.keys(sources).length).toBeGreaterThan(60));

  it.each(Object.entries(sources).map(([path, source]) => [path.replace("../src/", ""), source]))("%s owes nothing", (path, source) => {
    if (path in exceptions) expect(missing(source), "the exception is no longer one").not.toEqual([]);
    else expect(missing(source)).toEqual([]);
  });
});

it("finds what is planted", () => {
  expect(missing(`<TablePage title="甲" empty="没有" exports="/x" search-hint="名称" />`)).toEqual([]);
  expect(missing(`<TablePage title="甲" search-hint="名称" />`)).toEqual(["words for an empty list", "an export"]);
  expect(missing(`const list = useList((q) => q); <form role="search" /><el-pagination /><el-empty /><el-skeleton />`)).toEqual(["an export", "what went wrong, with a next step"]);
  expect(missing(`const a = useLoad(get); {{ a.data }}`)).toEqual(["what loading looks like, and what went wrong"]);
  expect(missing(`<el-table :data="rows" />`)).toEqual(["words for an empty table"]);
});
