// The life of this machine: paired, a candidate logged in, the state watched,
// the heartbeat. It applies the server's word and leaves the rest to others.
import { Refusal, Unreachable } from "@huyun/protocol";
import type { Hello, Login, Paired, Pulse, Status } from "../api";
import { troubleOf, type Trouble } from "../answer/sender";
import { Countdown, warning } from "../clock/countdown";
import { Abandoned, Channel, post, type Identity } from "../link/channel";
import * as answering from "./answering";
import { watchSeat } from "./presence";
import { probe } from "./probe";
import { findCamera, lookNow, sight } from "./sight";
import { book, screen, state, type Pairing, type SessionRecord } from "./state";
import {
  dropCounter, loadCounter, loadPairing, loadSession, openDisk, saveCounter, savePairing, saveSession,
} from "./store";

const mono = (): number => performance.now();
const countdown = new Countdown(mono);
const early = new Countdown(mono);

/** The server holds a question about the state so long; remaining time is put right at least that often. */
const WAIT_S = 10;
const BEAT_MS = 5000;
const BEAT_TIMEOUT_MS = 4000;
const CENTER_MS = 10_000;

let machine: Channel | null = null;
let candidate: Channel | null = null;
let asking: AbortController | null = null;
let round = 0;
/** The paper was joined with the server's answers since the page or session began. */
let fresh = false;

export async function boot(): Promise<void> {
  await openDisk();
  navigator.mediaDevices?.addEventListener("devicechange", () => void findCamera(beat));
  state.pairing = loadPairing();
  if (state.pairing) await openMachine(state.pairing);
  const kept = await loadSession();
  if (kept && state.pairing) await enter(kept);
  state.booted = true;
  void findCamera(beat);
  guardTab();
  setInterval(tick, 250);
  setInterval(() => void beat(), BEAT_MS);
  setInterval(() => void askCenter(), CENTER_MS);
  for (const event of ["focus", "blur", "pageshow", "online", "offline"]) {
    addEventListener(event, noticed);
  }
  document.addEventListener("visibilitychange", noticed);
  void beat();
  void askCenter();
}

/** Two pages with one key would disturb each other's counters: the newer goes on. */
function guardTab(): void {
  const tabs = new BroadcastChannel("huyun-terminal");
  tabs.onmessage = () => {
    state.elsewhere = true;
    round++;
    asking?.abort();
    machine = candidate = null;
    answering.close();
  };
  tabs.postMessage("here");
}

/** The candidate left or came back, the machine woke, a cable moved: say so and ask anew. */
function noticed(): void {
  void beat();
  poke();
}

async function open(who: Pick<Identity, "id" | "key">): Promise<Channel> {
  const counter = await loadCounter(who.id);
  return new Channel({ ...who, counter }, { keep: (n) => saveCounter(who.id, n), heard });
}

function heard(answered: boolean): void {
  const back = answered && !state.edge;
  state.edge = answered;
  if (!answered) state.center = null;
  if (!back) return;
  answering.kick();
  poke();
  void askCenter();
}

// ---- the machine ----

export async function pair(code: string, seat: string): Promise<void> {
  const p = await post<Paired>("/terminal/v1/pair", seat === "" ? { code } : { code, seat });
  const pairing: Pairing = { terminal: p.terminal, key: p.key, seat: p.seat, venue: p.venue };
  savePairing(pairing);
  state.pairing = pairing;
  state.message = "";
  await openMachine(pairing);
  void beat();
}

async function openMachine(p: Pairing): Promise<void> {
  machine = await open({ id: p.terminal, key: p.key });
  void greet();
}

/** What the seat is for; also finds out when a technician has unpaired it. */
async function greet(): Promise<void> {
  try {
    state.hello = (await machine?.json<Hello>("GET", "/terminal/v1/hello", { timeoutMS: BEAT_TIMEOUT_MS })) ?? null;
    state.trouble = "";
  } catch (e) {
    if (e instanceof Refusal && (e.code === "seating.terminal.missing" || e.code === "envelope.request")) unpaired(e.text);
    else if (e instanceof Refusal) state.trouble = e.text;
  }
}

function unpaired(text: string): void {
  if (state.session) return; // the session has a key of its own
  savePairing(null);
  state.pairing = null;
  state.message = text;
}

// ---- the candidate ----

export async function login(admission: string, idNumber: string): Promise<void> {
  if (!machine) return;
  const body = { admission, id_number: idNumber };
  const l = await machine.write<Login>("/terminal/v1/login", body);
  const session: SessionRecord = { id: l.session, key: l.key, candidate: l.candidate, face: "todo", declined: false, seen: [] };
  state.trouble = state.message = "";
  await saveSession(session);
  await enter(session);
}

async function enter(session: SessionRecord): Promise<void> {
  state.session = session;
  fresh = false;
  candidate = await open(session);
  await answering.reopen(owner());
  void watch(++round);
}

function owner(): answering.Owner {
  if (!candidate) throw new Error("nobody is logged in");
  return { channel: candidate, received: (r) => setTime(r.remaining_ms, state.status), trouble };
}

/** The channel of the candidate's session; screens ask through it. */
export function seat(): Channel {
  if (!candidate) throw new Error("nobody is logged in");
  return candidate;
}

/** The candidate is finished here; the machine waits for the next. */
export async function leave(text = ""): Promise<void> {
  round++;
  asking?.abort();
  const id = state.session?.id;
  state.session = null;
  state.status = null;
  state.fenced = "";
  state.left = null;
  state.warned = null;
  state.notices = [];
  state.trouble = "";
  state.message = text;
  candidate = null;
  watchSeat(null, 0);
  answering.forget();
  await saveSession(null);
  if (id) await dropCounter(id);
  void greet();
}

export async function change(session: Partial<SessionRecord>): Promise<void> {
  if (!state.session) return;
  Object.assign(state.session, session);
  await saveSession(state.session);
}

export async function dismiss(id: string): Promise<void> {
  state.notices = state.notices.filter((n) => n.id !== id);
  await change({ seen: [...(state.session?.seen ?? []), id].slice(-50) });
}

// ---- the server's word ----

async function watch(mine: number): Promise<void> {
  let wait = 500;
  while (mine === round && candidate) {
    asking = new AbortController();
    const seen = state.status && state.edge ? `?seen=${state.status.version}&wait=${WAIT_S}` : "";
    try {
      const s = await candidate.json<Status>("GET", "/terminal/v1/state" + seen, {
        timeoutMS: (seen ? WAIT_S * 1000 : 0) + BEAT_TIMEOUT_MS, signal: asking.signal,
      });
      if (mine !== round) return;
      await apply(s);
      wait = 500;
    } catch (e) {
      if (e instanceof Abandoned) continue;
      trouble(troubleOf(e), e);
      if (e instanceof Refusal && mine === round && state.fenced === "") state.trouble = e.text;
      if (state.fenced !== "") return;
      await new Promise((r) => setTimeout(r, wait));
      wait = Math.min(wait * 2, 4000);
    }
  }
}

/** Refusals that mean that the state is another than we think. */
const stateCodes = new Set([
  "exam.attempt.save.state", "exam.attempt.time", "exam.attempt.paused", "exam.sitting.suspended", "exam.sitting.live",
]);

/** Ask for the state now instead of when the server has news. */
export function poke(): void {
  asking?.abort();
}

async function apply(s: Status): Promise<void> {
  if (s.state === "handed") await answering.recall(s.sitting); // before the last screen, which tells of it
  const was = state.status;
  state.status = s;
  setTime(s.remaining_ms, s);
  early.sync(s.early_in_ms, s.state === "running" && !s.paused);
  const seen = new Set(state.session?.seen);
  state.notices = s.notices.filter((n) => !seen.has(n.id));
  if (s.state === "running" && (!state.sheet || !fresh)) await joinPaper();
  if (s.state === "handed") answering.close();
  if (!s.paused && (was?.paused || was?.allowed_ms !== s.allowed_ms)) answering.kick();
  if (state.session && state.session.declined !== s.declined) await change({ declined: s.declined });
  watchSeat(candidate, s.watch_s);
  if (s.capture === "RANDOM" && !state.session?.declined) void probe(seat());
  state.trouble = "";
}

async function joinPaper(): Promise<void> {
  await answering.openPaper(owner());
  fresh = true;
}

function setTime(ms: number, s: Status | null): void {
  countdown.sync(ms, s?.state === "running" && !s.paused);
  tick();
}

function trouble(t: Trouble, e: unknown): void {
  const text = e instanceof Refusal ? e.text : "";
  if (t === "fenced") {
    state.fenced = text;
    watchSeat(null, 0);
    answering.close();
  } else if (t === "login") {
    void leave(text);
  } else if (e instanceof Refusal && stateCodes.has(e.code)) {
    poke();
  }
}

// ---- time, pulse, links ----

function tick(): void {
  const before = state.left;
  state.left = countdown.left();
  state.earlyIn = early.left() ?? 0;
  if (state.left === null || state.status?.state !== "running") return;
  const due = warning(before, state.left, state.status.allowed_ms);
  if (due !== null) state.warned = due;
}

async function beat(): Promise<void> {
  const channel = candidate ?? machine;
  if (!channel) return;
  if (!candidate && screen() === "login") void greet();
  try {
    const reply = await channel.json<Pulse>("POST", "/terminal/v1/heartbeat", {
      timeoutMS: BEAT_TIMEOUT_MS,
      body: {
        focus: document.hasFocus(), visible: document.visibilityState === "visible", camera: state.camera && !state.session?.declined,
        pending: book.pending().length, item: state.sheet?.items[state.current]?.no ?? "",
        flagged: [...state.flags], ...sight(),
      },
    });
    if (reply.look) void lookNow(beat);
  } catch (e) {
    if (!(e instanceof Refusal || e instanceof Unreachable)) throw e;
    // what it means is for those to say who ask for something
  }
}

/** Whether the venue has the centre: public and unsigned, shown and nothing else. */
async function askCenter(): Promise<void> {
  if (!state.edge) return;
  try {
    const reply = await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(BEAT_TIMEOUT_MS) });
    const body = (await reply.json()) as { checks?: { name: string; ok: boolean }[] };
    state.center = body.checks?.find((c) => c.name === "link")?.ok ?? null;
  } catch {
    state.center = null;
  }
}
