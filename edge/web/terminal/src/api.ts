// What the venue's server says and hears on /terminal/v1: the types of
// edge/terminal, by hand, because answers do not pass through the generated
// contract's client (they are signed).

export interface Paired {
  terminal: string;
  key: string;
  seat: string;
  venue: string;
}

/** The answer to a heartbeat. */
export interface Pulse {
  server_time: string;
  /** Open the camera once and say what it shows. */
  look: boolean;
}

export interface Hello {
  seat: string;
  venue: string;
  title: string;
  subject: string;
  state: string;
  ready: boolean;
  /** A drill, not an exam. */
  rehearsal: boolean;
  /** During a drill: the admission number for this seat. */
  practice?: string;
}

export interface Candidate {
  name: string;
  id_number: string;
  admission: string;
  title: string;
  subject: string;
  category: string;
  room: string;
  seat: string;
  has_photo: boolean;
}

export interface Login {
  session: string;
  key: string;
  candidate: Candidate;
}

export interface Rules {
  rule: { name: string; minutes: number; full: number; pass: number; items: number; early_minutes: number };
  lines: string[];
}

export interface Notice {
  id: string;
  at: string;
  text: string;
}

export interface Result {
  how: "candidate" | "time" | "proctor";
  answered: number;
  used_ms: number;
  shown: boolean;
  score: number;
  full: number;
  passed: boolean;
  /** The short code of this hand-in once the centre has confirmed it; "" before. */
  receipt: string;
}

export interface Status {
  sitting: string;
  title: string;
  subject: string;
  seat: string;
  state: "waiting" | "running" | "handed";
  started: boolean;
  /** The sitting is signed off: who has not begun does not begin any more. */
  over: boolean;
  confirmed: boolean;
  consented: boolean;
  blocked: boolean;
  /** The check before the start passed, or a proctor has decided that it is them. */
  cleared: boolean;
  paused: boolean;
  pause_text?: string;
  remaining_ms: number;
  allowed_ms: number;
  early_in_ms: number;
  questions: number;
  answered: number;
  counter: number;
  /** A proctor checked them at the door, and this seat has no camera: no check before the start. */
  by_hand: boolean;
  /** Nobody agreed to a check of this face: no picture is taken. */
  no_face: boolean;
  /** The candidate does not want this machine's camera used. */
  declined: boolean;
  /** PRE or RANDOM: take a picture now. */
  capture?: string;
  /** A picture of the seat every so many seconds; 0: none. */
  watch_s: number;
  notices: Notice[];
  /** A drill, not an exam. */
  rehearsal: boolean;
  result?: Result;
  version: string;
}

export interface Media {
  digest: string;
  type: string;
  alt?: string;
}

export type ItemType = "TF" | "SINGLE" | "MULTI";

export interface Option {
  letter: string;
  key: string;
  text: string;
}

export interface Item {
  no: string;
  case?: string;
  section: number;
  type: ItemType;
  stem: string;
  media?: Media[];
  options: Option[];
  worth: number;
}

export interface Section {
  section: number;
  type: string;
  name: string;
  items: number;
  each: number;
}

export interface Case {
  no: string;
  stem: string;
  media?: Media[];
}

export interface Sheet {
  sections: Section[];
  cases?: Case[];
  items: Item[];
  full: number;
}

/** One answer, as it is sent and as the server has it. */
export interface Answer {
  item: string;
  revision: number;
  choice: string[];
}

/** Where the candidate was last, and at which seat. */
export interface Place {
  item: string;
  flagged: string[];
  seat: string;
}

export interface Paper {
  sheet: Sheet;
  answers: Answer[] | null;
  counter: number;
  place?: Place;
}

export interface Saved {
  item: string;
  revision: number;
  stale?: boolean;
  code?: string;
  text?: string;
}

export interface Receipt {
  saved: Saved[];
  remaining_ms: number;
  counter: number;
}

export interface FaceReply {
  decision: "pass" | "fail" | "manual";
  text: string;
  retry: boolean;
  demo: boolean;
}
