import { startWorker } from "#/agents/start-worker.ts";
import { agentTypes } from "#/lib/protocol/agent.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { serve } from "#/test/bench/harness/serve.ts";
import { echoAgent } from "#/test/bench/ours/echo-agent.ts";
import { scriptedModels } from "#/test/bench/ours/scripted-models.ts";

/** The product's worker, with agents and models that cost nothing. Argument: how many tasks an agent does at once. */
const [concurrency = "100"] = process.argv.slice(2);
const context = openContext();
const agents = agentTypes.map((type) => echoAgent(type, Number(concurrency)));
const worker = await startWorker({ context, agents, models: scriptedModels(context.env.model), version: "bench" });

serve({}, async () => {
  await worker.stop();
  await closeContext(context);
});
