import { startWorker } from "#/agents/start-worker.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { serve } from "#/test/bench/harness/serve.ts";
import { echoAgent } from "#/test/bench/ours/echo-agent.ts";
import { scriptedModels } from "#/test/bench/ours/scripted-models.ts";

/** The product's worker, with agents and models that cost nothing. */
const context = openContext();
const agents = (["knowledge", "planner", "browser"] as const).map(echoAgent);
const worker = await startWorker({ context, agents, models: scriptedModels(context.env.model), version: "bench" });

serve({}, async () => {
  await worker.stop();
  await closeContext(context);
});
