import { expect, test, vi } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import { BadGraph } from "#/lib/run/read-delegations.ts";

test("what another bundle of the same process throws is a DeputyError, too, and nothing else is", async () => {
  vi.resetModules();
  const other = await import("#/lib/errors.ts");
  expect(other.DeputyError).not.toBe(DeputyError);
  const thrown: unknown = new other.DeputyError("database-away", "It does not answer.");
  expect(thrown).toBeInstanceOf(DeputyError);
  expect(thrown).not.toBeInstanceOf(BadGraph);
  expect(new BadGraph([])).toBeInstanceOf(DeputyError);
  expect(new BadGraph([])).toBeInstanceOf(BadGraph);
  for (const one of [new Error("no"), { name: "DeputyError" }, null, "DeputyError"]) {
    expect(one).not.toBeInstanceOf(DeputyError);
  }
});
