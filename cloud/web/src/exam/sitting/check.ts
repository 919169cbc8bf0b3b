// How a check of an opening request is to be read.
import type { Schemas } from "../../api";

type Opening = Schemas["SittingOpening"];
type Check = Opening["checks"][number];

/**
 * outcome of a check. The package is sent after the approval, so a venue that
 * asks cannot have it yet: it waits, and nothing has failed.
 */
export function outcome(check: Check, opening: Pick<Opening, "state" | "decided_name">): "good" | "bad" | "wait" {
  if (check.ok) return "good";
  // What the centre returned by itself may have been asked again later, with a package there.
  const beforeApproval = opening.state !== "RETURNED" || opening.decided_name !== "";
  return check.code === "pack" && beforeApproval ? "wait" : "bad";
}
