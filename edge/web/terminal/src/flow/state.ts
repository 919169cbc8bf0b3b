// Everything the screens show. Only the modules of this folder change it.
import { reactive } from "vue";
import type { Candidate, Hello, Notice, Sheet, Status } from "../api";
import { Book } from "../answer/book";
import { faceOpen, screenOf, type FaceCheck, type Screen } from "./screen";

/** This machine at its seat; in localStorage. */
export interface Pairing {
  terminal: string;
  key: string;
  seat: string;
  venue: string;
}

/** A candidate at this machine; on disk until the exam is over. */
export interface SessionRecord {
  id: string;
  key: string;
  candidate: Candidate;
  face: FaceCheck;
  /** The candidate wants no camera: no picture is taken, a proctor checks. */
  declined: boolean;
  /** Notices that were dismissed. */
  seen: string[];
}

export const state = reactive({
  booted: false,
  pairing: null as Pairing | null,
  hello: null as Hello | null,
  session: null as SessionRecord | null,
  status: null as Status | null,
  /** The server's words to a seat that may not write any more. */
  fenced: "",
  /** The server's words while it answers but cannot do what we ask. */
  trouble: "",
  /** Why the candidate, or the machine, is back at the beginning. */
  message: "",
  /** The venue's server answers. */
  edge: true,
  /** The venue's server has the centre; null while unknown. */
  center: null as boolean | null,
  /** This machine can keep answers. */
  disk: true,
  /** The page is open a second time; that one goes on. */
  elsewhere: false,
  sheet: null as Sheet | null,
  current: 0,
  flags: new Set<string>(),
  /** Milliseconds left; null until the server has said. */
  left: null as number | null,
  earlyIn: 0,
  warned: null as number | null,
  notices: [] as Notice[],
  /** Answers of which another version counts, or which were refused. */
  lost: [] as string[],
  /** What the candidate is told during a check of the face. */
  probing: "",
  camera: false,
});

// A class with private members keeps its type only on its own.
export const book = reactive(new Book()) as Book;

export function screen(): Screen {
  return screenOf({
    paired: state.pairing !== null,
    session: state.session !== null,
    fenced: state.fenced !== "",
    status: state.status,
    face: state.session?.face ?? "todo",
    paper: state.sheet !== null,
  });
}

/** The candidate is asked to raise a hand for a look at their face. */
export function faceAsked(): boolean {
  return state.session !== null && faceOpen(state.session.face, state.status);
}

/**
 * What is on the screen belongs to a drill. Who is logged in says so, also while
 * nobody answers after a restart of the page; else the seat's next sitting does.
 */
export function rehearsing(): boolean {
  if (state.status) return state.status.rehearsal;
  if (state.session) return state.session.candidate.title.startsWith("【演练】");
  return state.hello?.rehearsal ?? false;
}

/** The countdown is at zero, or the server has closed the attempt. */
export function timeUp(): boolean {
  return state.left !== null && state.left <= 0 && state.status?.paused !== true;
}

/** Answers may be changed now. */
export function writable(): boolean {
  return state.sheet !== null && !timeUp() && !state.status?.paused && state.status?.state !== "handed" && state.fenced === "";
}
