// Keeps the page itself on the machine, so that a terminal that reloads while
// the venue's server is away comes up and waits instead of showing the
// browser's error page. It never touches the API: answers are the page's
// business. Browsers run it only on a secure origin.
const CACHE = "page";

async function keep() {
  const page = await fetch("/terminal/", { cache: "no-store" });
  if (!page.ok) return;
  const html = await page.clone().text();
  const assets = [...html.matchAll(/\/terminal\/assets\/[^"']+/g)].map((m) => m[0]);
  const cache = await caches.open(CACHE);
  await cache.addAll(assets);
  await cache.put("/terminal/", page);
  for (const old of await cache.keys()) {
    const path = new URL(old.url).pathname;
    if (path !== "/terminal/" && !assets.includes(path)) await cache.delete(old);
  }
}

self.addEventListener("install", (e) => e.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (e) => e.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/terminal/assets/")) {
    e.respondWith(caches.match(e.request).then((hit) => hit ?? fetch(e.request)));
  } else if (e.request.mode === "navigate" && url.pathname.startsWith("/terminal/")) {
    e.respondWith(navigate(e.request));
    e.waitUntil(keep().catch(() => undefined));
  }
});

async function navigate(request) {
  try {
    const reply = await fetch(request, { signal: AbortSignal.timeout(4000) });
    if (reply.ok) return reply;
  } catch {
    // away: the copy below
  }
  return (await caches.match("/terminal/")) ?? Response.error();
}
