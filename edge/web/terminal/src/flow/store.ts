// Where the page's memory lies: pairing in localStorage, session and answers in
// IndexedDB, the paper in sessionStorage only, so that no question outlives the
// browser on this machine.
import type { Sheet } from "../api";
import type { Entry } from "../answer/book";
import { Disk } from "../disk/db";
import { state, type Pairing, type SessionRecord } from "./state";

const PAIRING = "huyun.pairing";
const PAPER = "huyun.paper";

let disk: Disk | null = null;

/** Runs a piece of work on the disk; a disk that fails is shown, and stops nothing. */
async function attempt<T>(work: (d: Disk) => Promise<T>): Promise<T | undefined> {
  if (!disk) return undefined;
  try {
    const value = await work(disk);
    state.disk = true;
    return value;
  } catch {
    state.disk = false;
    return undefined;
  }
}

export async function openDisk(): Promise<void> {
  try {
    disk = await Disk.open();
    void navigator.storage?.persist?.();
  } catch {
    state.disk = false;
  }
}

export function loadPairing(): Pairing | null {
  try {
    return JSON.parse(localStorage.getItem(PAIRING) ?? "null") as Pairing | null;
  } catch {
    return null;
  }
}

export function savePairing(p: Pairing | null): void {
  if (p) localStorage.setItem(PAIRING, JSON.stringify(p));
  else localStorage.removeItem(PAIRING);
}

export const loadSession = (): Promise<SessionRecord | undefined> => attempt((d) => d.get<SessionRecord>("session"));

export async function saveSession(s: SessionRecord | null): Promise<void> {
  await attempt((d) => (s ? d.set("session", JSON.parse(JSON.stringify(s))) : d.remove("session")));
}

/** The last counter of a key; a lost one is made up for by the server's word. */
export const loadCounter = async (id: string): Promise<number> => (await attempt((d) => d.get<number>("counter/" + id))) ?? 0;

export async function saveCounter(id: string, counter: number): Promise<void> {
  await attempt((d) => d.set("counter/" + id, counter));
}

export async function dropCounter(id: string): Promise<void> {
  await attempt((d) => d.remove("counter/" + id));
}

export const loadAnswers = async (key: string): Promise<Entry[]> => (await attempt((d) => d.answers(key))) ?? [];

export async function saveAnswers(key: string, entries: Entry[]): Promise<void> {
  await attempt((d) => d.put(key, entries));
}

export async function claim(key: string): Promise<void> {
  await attempt((d) => d.claim(key));
}

/** Where the candidate was, to go on there. */
export interface View {
  attempt: string;
  current: number;
  flags: string[];
}

export const loadView = (): Promise<View | undefined> => attempt((d) => d.get<View>("view"));

export async function saveView(v: View): Promise<void> {
  await attempt((d) => d.set("view", v));
}

interface KeptPaper {
  session: string;
  attempt: string;
  sheet: Sheet;
}

export function savePaper(p: KeptPaper | null): void {
  try {
    if (p) sessionStorage.setItem(PAPER, JSON.stringify(p));
    else sessionStorage.removeItem(PAPER);
  } catch {
    // full: after a reload the server has it
  }
}

export function loadPaper(session: string): KeptPaper | null {
  try {
    const p = JSON.parse(sessionStorage.getItem(PAPER) ?? "null") as KeptPaper | null;
    return p?.session === session ? p : null;
  } catch {
    return null;
  }
}
