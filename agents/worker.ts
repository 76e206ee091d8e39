import { browser } from "#/agents/browser/agent.ts";
import { loadAgents } from "#/agents/registry.ts";
import { startWorker } from "#/agents/start-worker.ts";
import { env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import { checkGivenDatabase } from "#/lib/launch/database-given.ts";
import { requireAddresses } from "#/lib/launch/given-addresses.ts";
import { version } from "#/lib/launch/version.ts";
import { openModels } from "#/lib/model/open-models.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";

/**
 * The process of a worker: SIGTERM, SIGINT or the end of its supervisor stops it. Where it cannot begin it ends with status 1 and
 * with what to do on standard error; its supervisor tries again.
 */
try {
  await work();
} catch (thrown) {
  if (!(thrown instanceof DeputyError)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  process.exit(1);
}

async function work(): Promise<void> {
  const { databaseUrl } = requireAddresses(env());
  await checkGivenDatabase(databaseUrl);
  const context = openContext();
  const models = openModels(context.env.model);
  const agents = await loadAgents();
  const worker = await startWorker({ context, agents, models, version });

  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await worker.stop();
    stopFollowing(context);
    await Promise.allSettled([browser.close(), closeContext(context)]);
    process.exit(0);
  };

  process.once("SIGTERM", () => void stop());
  process.once("SIGINT", () => void stop());
  // The supervisor holds the other end: when it is killed, no worker goes on without it.
  process.on("disconnect", () => void stop());
}
