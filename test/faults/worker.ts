import { startWorker } from "#/agents/start-worker.ts";
import { openModels } from "#/lib/model/open-models.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { scriptedAgents } from "#/test/faults/scripted-agents.ts";
import { scriptedModels } from "#/test/faults/scripted-model.ts";

/**
 * A worker process of the fault suite: the product's own worker with scripted agents and a scripted model. Settings beside
 * the product's: FAULT_EFFECTS (the file for effects), FAULT_CONCURRENCY (tasks of an agent at once), FAULT_VERSION,
 * FAULT_MODEL=http (the product's own models, for a server of the suite).
 */
const effectsFile = process.env.FAULT_EFFECTS ?? "";
const concurrency = Number(process.env.FAULT_CONCURRENCY ?? 20);
const context = openContext();
const by = { effectsFile, worker: context.env.workerId ?? "nobody" };
const agents = scriptedAgents({ ...by, concurrency });
const version = process.env.FAULT_VERSION ?? "0.0.0";
const models = process.env.FAULT_MODEL === "http" ? openModels(context.env.model) : scriptedModels(by);
const worker = await startWorker({ context, agents, models, version });
process.send?.("ready");

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await worker.stop();
  await closeContext(context);
  process.exit(0);
}

process.once("SIGTERM", () => void stop());
// The suite holds the other end: when it is gone, so is what it started.
process.on("disconnect", () => process.exit(1));
