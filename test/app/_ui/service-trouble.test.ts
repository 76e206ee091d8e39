import { describe, expect, it } from "vitest";
import { troubleOf } from "#/app/_ui/service-trouble.ts";

const healthy = { postgres: "ok", redis: "ok", workers: "ok" };

describe("what a page says of the server's state", () => {
  it("is nothing while everything answers", () => {
    expect(troubleOf(healthy)).toBeNull();
  });

  it("is that live updates are delayed while Redis is away", () => {
    expect(troubleOf({ ...healthy, redis: "Redis: connect ECONNREFUSED" })).toMatch(/delayed.*Redis.*Work goes on/);
  });

  it("does not promise that work goes on while no worker is there, or no database", () => {
    const away = { postgres: "ok", redis: "away", workers: "away" };
    expect(troubleOf(away)).toMatch(/worker/);
    expect(troubleOf({ ...away, postgres: "away" })).toMatch(/database/);
    for (const postgres of ["ok", "away"]) expect(troubleOf({ ...away, postgres })).not.toMatch(/Work goes on/);
  });
});
