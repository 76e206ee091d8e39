import { afterAll, beforeAll, expect, it } from "vitest";
import { DeputyError } from "#/lib/errors.ts";
import type { ModelRequest, Models } from "#/lib/model/models.ts";
import { listDeadLetters, retryDeadLetter } from "#/lib/run/dead-letters.ts";
import { offlineModels } from "#/test/support/offline.ts";
import { found, type ScriptedWorker, startScriptedWorker } from "#/test/support/scripted-worker.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** A run whose only task is a dead letter, and whose main agent writes its answer when the test says so. */
let world: World;
let worker: ScriptedWorker;
let isVerifying = false;
const { promise: mayAnswer, resolve: letAnswer } = Promise.withResolvers<void>();

const delegate =
  "ACTION: PLAN\nSTEPS:\n1. Look\n---END---\nACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: once\n---END---\n";
const answer = "ACTION: VERIFY\nVERDICT: pass\n---END---\nThe answer.\n";

beforeAll(async () => {
  world = await openWorld();
  const models: Models = { ...offlineModels(), stream };
  worker = await startScriptedWorker(world, { models });
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

async function* stream({ tier, messages }: ModelRequest) {
  isVerifying = messages.some(({ content }) => /^PHASE: VERIFYING$/m.test(content));
  if (isVerifying) await mayAnswer;
  yield { type: "text", text: isVerifying ? answer : delegate } as const;
  const usage = { model: "m", tier, inputTokens: 1, outputTokens: 1, costUsd: null, milliseconds: 1 };
  yield { type: "finish", finish: "stop", usage } as const;
}

it("a dead letter stays one while its run writes its answer, and is tried again when the run has ended", async () => {
  worker.on("once", (_context, execution) => {
    if (execution === 1) throw new DeputyError("broken", "It broke.");
    return found;
  });
  const runId = await world.ask("hello");
  await until(() => isVerifying, { what: "the answer to be asked for" });
  const [letter] = await listDeadLetters(world.context, 1);
  const retry = () => retryDeadLetter(world.context, letter?.taskId ?? "");
  await expect(retry()).rejects.toMatchObject({ code: "conversation-busy" });
  letAnswer();
  await world.ended(runId);
  expect((await retry()).how).toBe("started");
});
