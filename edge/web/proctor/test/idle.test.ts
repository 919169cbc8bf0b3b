import { describe, expect, it } from "vitest";
import { mayLeave, restful } from "../src/app/idle";

describe("mayLeave", () => {
  it("leaves a console that nobody touched for long", () => {
    expect(mayLeave(restful, ["assigned", "closed"])).toBe(true);
    expect(mayLeave(restful, [])).toBe(true);
  });

  it("stays while somebody is there", () => {
    expect(mayLeave(restful - 1, [])).toBe(false);
  });

  it("stays while a sitting runs, however long", () => {
    expect(mayLeave(10 * restful, ["closed", "running"])).toBe(false);
  });
});
