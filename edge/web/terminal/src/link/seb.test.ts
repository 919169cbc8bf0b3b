import { expect, it } from "vitest";
import { HEADER_SEB_PAGE, sebHeaders } from "./seb";

it("passes on what the safe browser says of the page, and nothing else", () => {
  expect(sebHeaders({})).toEqual({});
  expect(sebHeaders({ SafeExamBrowser: { security: { configKey: "not a hash" } } })).toEqual({});
  const key = "ab".repeat(32);
  expect(sebHeaders({ SafeExamBrowser: { security: { configKey: key } } })).toEqual({ [HEADER_SEB_PAGE]: key });
});
