import { afterAll, beforeAll, expect, it } from "vitest";
import { turnRequest } from "#/agents/main/agent.ts";
import type { Models } from "#/lib/model/models.ts";
import { advanceRun } from "#/lib/run/advance-run.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { openClaims } from "#/lib/run/claim-task.ts";
import { Settings } from "#/lib/run/turn-input.ts";
import { listTasks } from "#/lib/store/tasks.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { openWorld, registerTestAgents, type World } from "#/test/support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await registerTestAgents(world.context);
});
afterAll(() => world.close());

it("asks no model for a run that was cancelled before its worker looked", async () => {
  const { context } = world;
  const runId = await world.ask("Hello");
  const [root] = await listTasks(context.store.db, runId);
  await context.store.sql`insert into workers (id, host, pid, version, agents) values ('w', 'here', 1, 'test', '{}')`;
  const wanted = { taskId: root?.id ?? "", hash: root?.hash ?? "", timeoutMs: 60_000 };
  const task = await openClaims(context, "w", () => false).claim(wanted);
  if (typeof task === "string") throw new Error(task);
  await cancelRun(context, runId, { by: "user", reason: "Not wanted any more." });

  let calls = 0;
  const offline = offlineModels();
  const models: Models = {
    ...offline,
    stream(request) {
      calls += 1;
      return offline.stream(request);
    },
  };
  const by = { main: { request: turnRequest }, models, settings: new Settings(), signal: new AbortController().signal };
  await advanceRun(context, task, by);
  expect(calls).toBe(0);
  expect((await world.events(runId)).at(-1)?.type).toBe("run.cancelled");
});
