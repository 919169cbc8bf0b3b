// The venue's own server, typed by the generated contract; and the few routes
// that carry pictures or packages instead of JSON.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "@huyun/protocol/proctor";
import { Problem, problemOf } from "@kit/problem";

export type Schemas = components["schemas"];
export type Sitting = Schemas["Sitting"];
export type Seat = Schemas["Seat"];
export type Alarm = Schemas["Alarm"];
export type Candidate = Schemas["Candidate"];
export type Verification = Schemas["Verification"];
export type Strip = Schemas["Strip"];
export type Link = Schemas["LinkOutBody"];
export type Rehearsal = Schemas["Rehearsal"];
export type Drill = Schemas["RehearsalBody"];
export type Board = Schemas["Board"];
export type Closing = Schemas["Closing"];

let csrf = "";
let onSignedOut: () => void = () => {};

/** setSession gives the client what a signed-in proctor's requests carry. */
export function setSession(token: string): void {
  csrf = token;
}

/** whenSignedOut says what to do when the server no longer knows the session. */
export function whenSignedOut(fn: () => void): void {
  onSignedOut = fn;
}

/** signedOut is for streams, which learn of it in another way. */
export function signedOut(): void {
  if (csrf) onSignedOut();
}

const session: Middleware = {
  onRequest({ request }) {
    if (csrf) request.headers.set("X-Huyun-CSRF", csrf);
    return request;
  },
};

export const client = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
client.use(session);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** ask waits for an answer and throws a Problem when it is a refusal or none comes. */
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw silent();
  }
  if (answer.response.ok) return answer.data as T;
  throw refused(answer.response.status, answer.error);
}

/** send posts a picture or a package as it is. */
export async function send<T>(path: string, body: Blob): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "X-Huyun-CSRF": csrf, "Content-Type": body.type || "application/octet-stream" },
      body,
    });
  } catch {
    throw silent();
  }
  const text = await response.text();
  const answer: unknown = text && (response.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : null;
  if (!response.ok) throw refused(response.status, answer);
  return answer as T;
}

/** save posts and keeps the answer as a file under the name that the server gives. */
export async function save(path: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", headers: { "X-Huyun-CSRF": csrf } });
  } catch {
    throw silent();
  }
  if (!response.ok) throw refused(response.status, await response.json().catch(() => null));
  keep(await response.blob(), response.headers.get("Content-Disposition")?.match(/filename="([^"]+)"/)?.[1] ?? "huyun.pack");
}

/** keep gives the person a file under a name. */
export function keep(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function silent(): Problem {
  return new Problem(0, "net.unreachable", "连接不上本考场的服务器：请检查本机网线，并到机房查看服务器。考试机上的作答仍保存在考试机", "");
}

function refused(status: number, body: unknown): Problem {
  const problem = problemOf(status, body);
  if (problem.code === "staff.session.missing") signedOut();
  return problem;
}

const at = (sitting: string, candidate: string): string =>
  `/proctor/v1/sittings/${encodeURIComponent(sitting)}/candidates/${encodeURIComponent(candidate)}`;

/** Addresses of what is not JSON. */
export const route = {
  photo: (sitting: string, candidate: string): string => at(sitting, candidate) + "/photo",
  picture: (digest: string): string => `/proctor/v1/pictures/${digest}`,
  face: (sitting: string, candidate: string): string => at(sitting, candidate) + "/face?consent=true",
  pictures: "/proctor/v1/pictures",
  packet: "/proctor/v1/export",
  returned: "/proctor/v1/return",
  pack: (sitting: string): string => `/proctor/v1/sittings/${encodeURIComponent(sitting)}/pack`,
  seb: (sitting: string, base: string): string => `/proctor/v1/sittings/${encodeURIComponent(sitting)}/seb?base=${encodeURIComponent(base)}`,
  live: (sitting: string): string => `/proctor/v1/sittings/${encodeURIComponent(sitting)}/board/live`,
};

/** newID names a request, so that sending it twice does it once. */
export function newID(): string {
  const raw = crypto.getRandomValues(new Uint8Array(16)); // randomUUID needs a secure context; venues may use plain HTTP
  return [...raw].map((b) => b.toString(16).padStart(2, "0")).join("");
}
