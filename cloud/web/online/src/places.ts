// Which pages are a person's and which a company's.

/** homeOf is where somebody is sent who may not see a page; undefined: they may. A
 * company that follows a person's link is told so, and where to go. */
export function homeOf(company: boolean, path: string): { path: string; query?: { matter?: string } } | undefined {
  const firm = path === "/personal" || path.startsWith("/company");
  if (company === firm) return undefined;
  if (!company) return { path: "/" };
  if (path === "/") return { path: "/company" };
  const matter = /^\/matter\/([^/]+)$/.exec(path)?.[1];
  return { path: "/personal", query: matter ? { matter } : {} };
}
