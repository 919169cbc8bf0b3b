// One HTTP client for the console, typed by the generated contract.
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "@huyun/protocol/console";
import { Problem, problemOf, unreachable } from "./problem";

let csrf = "";
let onSignedOut: () => void = () => {};

/** setSession gives the client what a signed-in user's requests carry. */
export function setSession(token: string): void {
  csrf = token;
}

/** whenSignedOut says what to do when the server no longer knows the session. */
export function whenSignedOut(fn: () => void): void {
  onSignedOut = fn;
}

/** session adds what a signed-in user's requests carry; for clients of other contracts too. */
export const session: Middleware = {
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

/** ask waits for an answer and throws a Problem when it is a refusal. */
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw unreachable();
  }
  if (answer.response.ok) return answer.data as T;
  throw refused(answer.response.status, answer.error);
}

function refused(status: number, body: unknown): Problem {
  const problem = problemOf(status, body);
  if (problem.code === "auth.required" && csrf) onSignedOut(); // there was a session, and it has ended
  return problem;
}

/** upload sends files as a form; workbooks and pictures are not JSON. */
export function upload<T>(path: string, form: FormData, progress?: (percent: number) => void): Promise<T> {
  // XMLHttpRequest, because fetch does not tell how much has been sent.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("X-Huyun-CSRF", csrf);
    request.responseType = "json";
    request.upload.onprogress = (e) => {
      if (e.lengthComputable) progress?.(Math.round((100 * e.loaded) / e.total));
    };
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T);
      else reject(refused(request.status, request.response));
    };
    request.send(form);
  });
}

/** download saves what the server answers, to a body if there is one, under the name that it gives. */
export async function download(path: string, body?: unknown): Promise<void> {
  let response: Response;
  try {
    response = await fetch(path, {
      headers: { "X-Huyun-CSRF": csrf, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw refused(response.status, await response.json().catch(() => null));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = fileName(response.headers.get("Content-Disposition")) ?? "下载";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** fileName reads the name that the server gives a download. */
export function fileName(header: string | null): string | null {
  const encoded = header?.match(/filename\*=UTF-8''([^;]+)/i)?.[1];
  return encoded ? decodeURIComponent(encoded) : (header?.match(/filename="?([^";]+)/i)?.[1] ?? null);
}
