// What the story needs: a venue, browsers that are exam machines, screenshots.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

async function freePort() {
  const server = createServer();
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  const { port } = server.address();
  await new Promise((r) => server.close(r));
  return port;
}

/** Starts the venue, or uses the one that VENUE names. */
export async function startVenue() {
  if (process.env.VENUE) return new Venue(process.env.VENUE);
  const addr = `127.0.0.1:${await freePort()}`;
  const go = spawn("go", ["test", "./web/terminal/trial/", "-run", "TestVenue", "-count=1", "-timeout", "20m"], {
    cwd: join(here, "../../.."), env: { ...process.env, HUYUN_TRIAL: addr }, stdio: ["ignore", "inherit", "inherit"],
  });
  const venue = new Venue(`http://${addr}`);
  const ended = new Promise((_, no) => go.on("exit", (code) => no(new Error(`the venue ended with ${code}`))));
  ended.catch(() => undefined);
  await Promise.race([venue.up(), ended]);
  return venue;
}

class Venue {
  constructor(url) {
    this.url = url;
  }

  async up() {
    for (let i = 0; i < 600; i++) {
      const reply = await fetch(this.url + "/livez").catch(() => null);
      if (reply?.ok) return;
      await new Promise((r) => setTimeout(r, 200));
    }
    throw new Error("the venue does not come up");
  }

  /** Does something to the venue: see control in venue_test.go. */
  async do(verb, args = {}) {
    const reply = await fetch(`${this.url}/control/${verb}?${new URLSearchParams(args)}`, { method: "POST" });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${verb}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  async quit() {
    await this.do("quit").catch(() => undefined);
  }
}

/** An exam machine: a browser with a profile of its own. */
export async function machine(venue, { camera = true, dir, size = { width: 1440, height: 900 } } = {}) {
  const context = await chromium.launchPersistentContext(dir ?? "", {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", viewport: size, locale: "zh-CN",
    args: ["--no-sandbox", ...(camera ? ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] : [])],
    permissions: camera ? ["camera"] : [],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const problems = [];
  page.on("pageerror", (e) => problems.push(String(e)));
  page.on("console", (m) => {
    if (m.type() === "error" && !/Failed to load resource|net::ERR/.test(m.text())) problems.push(m.text());
  });
  await page.goto(venue.url + "/terminal/");
  return { context, page, problems };
}

export async function shot(page, name) {
  if (shots) await page.screenshot({ path: join(shots, name + ".png") });
}

export function expect(ok, what) {
  if (!ok) throw new Error("not so: " + what);
  console.log("  ✓ " + what);
}

/** Waits until fn gives something true. */
export async function until(what, fn, ms = 20_000) {
  const end = performance.now() + ms;
  for (;;) {
    const got = await fn();
    if (got) {
      console.log("  ✓ " + what);
      return got;
    }
    if (performance.now() > end) throw new Error("never happened: " + what);
    await new Promise((r) => setTimeout(r, 100));
  }
}
