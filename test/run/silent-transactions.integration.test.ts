import { afterAll, beforeAll, expect, it } from "vitest";
import { pauseRun } from "#/lib/run/pause-run.ts";
import { openProgramRun } from "#/lib/run/program-run.ts";
import { connect, HOT_NAME } from "#/lib/store/connect.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it("a client that was stopped in the middle of a transaction holds the lock of a run for seconds, not for ever", async () => {
  await world.startWorker();
  const { runId } = await openProgramRun(world.context, { title: "A run that waits" });
  // The server's own limit is off, as it is for a client that stopped between two messages of one statement.
  const settings = { application_name: HOT_NAME, idle_in_transaction_session_timeout: 0 };
  const stopped = connect(world.context.env.databaseUrl ?? "", 1, settings);
  const locked = Promise.withResolvers<void>();
  const transaction = stopped.begin(async (sql) => {
    await sql`select id from runs where id = ${runId} for update`;
    locked.resolve();
    await new Promise(() => {});
  });
  transaction.catch(() => undefined);
  await locked.promise;

  const paused = until(() => pauseRun(world.context, runId, { by: "user" }).catch(() => null), {
    what: "the run to be changed",
    timeoutMs: 10_000,
  });
  expect(await paused).toBe("paused");
  await stopped.end({ timeout: 0 });
});
