// Which screen a candidate sees: a function of what is known, so that a reload,
// a crash or another seat leads to the right one by itself.
import type { Status } from "../api";

export type Screen =
  | "pair" | "login" | "loading" | "confirm" | "face" | "rules" | "wait" | "exam" | "done" | "over" | "moved";

/**
 * How the check before the start went: todo until then, also after another
 * login; manual while a proctor has to look, cleared when one has.
 */
export type FaceCheck = "todo" | "pass" | "manual" | "cleared";

export interface Facts {
  paired: boolean;
  session: boolean;
  /** This seat may not write any more. */
  fenced: boolean;
  status: Pick<Status, "state" | "confirmed" | "consented" | "blocked" | "no_face" | "by_hand" | "over"> | null;
  face: FaceCheck;
  /** The paper is on this machine. */
  paper: boolean;
}

export function screenOf(f: Facts): Screen {
  if (!f.paired) return "pair";
  if (f.fenced) return "moved";
  if (!f.session) return "login";
  if (!f.status) return f.paper ? "exam" : "loading";
  switch (f.status.state) {
    case "handed":
      return "done";
    case "running":
      return f.paper ? "exam" : "loading";
    case "waiting":
      if (f.status.over) return "over";
      if (!f.status.confirmed) return "confirm";
      if (f.status.blocked || (f.face === "todo" && !f.status.no_face && !f.status.by_hand)) return "face";
      return f.status.consented ? "wait" : "rules";
  }
}

/**
 * A person still has to look at this face. The machine's own note is only what
 * happened here; the server's word, that somebody has, ends it on every screen.
 */
export function faceOpen(face: FaceCheck, status: Pick<Status, "cleared" | "no_face"> | null): boolean {
  return face === "manual" && status?.cleared !== true && status?.no_face !== true;
}
