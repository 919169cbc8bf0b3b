import { expect, test } from "vitest";
import { caseStates } from "../../src/licensing/application/words";
import { stateNames } from "./words";

test("a state has one name, for the applicant and for the office", () => {
  for (const [code, state] of Object.entries(caseStates)) expect(stateNames[code], code).toBe(state.text);
});
