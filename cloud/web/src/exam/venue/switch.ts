// Opening, suspending and disabling a venue: what it means for what is planned
// is said first.
import { attempt, confirm, done, reason } from "../../../kit/act";
import { ask, client } from "../../../kit/client";
import type { Schemas } from "../../api";

type Venue = Pick<Schemas["VenueVenue"], "id" | "name" | "state">;

const verbs: Record<Venue["state"], string> = { READY: "启用", SUSPENDED: "暂停", DISABLED: "停用" };

/** switchVenue asks, does it, and says whether something has changed. */
export async function switchVenue(v: Venue, state: Venue["state"]): Promise<boolean> {
  const path = { id: v.id };
  const page = await attempt(() => ask(client.GET("/api/v1/exam/venues/{id}/page", { params: { path } })));
  if (!page) return false;
  const verb = verbs[state];
  const title = `${verb}“${v.name}”`;
  if (state === "DISABLED" && !page.impact.may_disable) {
    await confirm(title, page.impact.disable);
    return false;
  }
  const means = state === "READY" ? `启用后可以安排新的场次；已安排的 ${page.impact.held} 场可以申请开考。` : state === "SUSPENDED" ? page.impact.suspend : page.impact.disable;
  const why = await reason(title, means);
  if (why === null) return false;
  return done(() => ask(client.POST("/api/v1/exam/venues/{id}/switch", { params: { path }, body: { state, reason: why } })), `已${verb}`);
}
