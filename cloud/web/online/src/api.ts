// The applicant's client, typed by the generated contract.
import createClient from "openapi-fetch";
import type { components, paths } from "@huyun/protocol/online";
import { session } from "../../kit/client";

export { ask, upload } from "../../kit/client";
export { asProblem, Problem, wording } from "../../kit/problem";

export const client = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
client.use(session);

export type Schemas = components["schemas"];
export type Case = Schemas["ApplicationOwnPage"];
export type Field = Schemas["MatterField"];
export type Material = Schemas["ApplicationMaterial"];
export type Verdict = Schemas["SanctionVerdict"];

/** eventID names one press of a button: a repeated request does nothing twice. */
export function eventID(): string {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
