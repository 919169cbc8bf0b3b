// Safe Exam Browser puts its Config Key into the header of every request; its
// newer engine gives it to the page instead, hashed with the page's address, and
// we pass that on. A page in an ordinary browser has neither.
export const HEADER_SEB_PAGE = "X-Huyun-SEB-Page";

interface SebWindow {
  SafeExamBrowser?: { security?: { configKey?: unknown } };
}

/** What to add to a request. */
export function sebHeaders(at: SebWindow = globalThis as SebWindow): Record<string, string> {
  const key = at.SafeExamBrowser?.security?.configKey;
  return typeof key === "string" && /^[0-9a-f]{64}$/i.test(key) ? { [HEADER_SEB_PAGE]: key } : {};
}
