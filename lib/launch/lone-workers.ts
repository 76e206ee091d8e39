import { env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { type Bundle, openBundle } from "#/lib/launch/bundle.ts";
import { awaitGivenDatabase } from "#/lib/launch/database-given.ts";
import type { Running } from "#/lib/launch/embedded-server.ts";
import { openExitReporter } from "#/lib/launch/exit-reporter.ts";
import { requireAddresses } from "#/lib/launch/given-addresses.ts";
import { stopOnSignal } from "#/lib/launch/stop-on-signal.ts";
import { type Start, type Supervised, supervise } from "#/lib/launch/supervise.ts";
import { startWorker, workerNames } from "#/lib/launch/workers.ts";

/**
 * `npm start worker`, from the bundle: workers and nothing else, until Ctrl-C. A worker that ends (as each does when the database
 * is away for longer than its lease) is reported, so that others take over at once, and started again once the database
 * answers. SIGUSR2 renews them, as it does with the launcher.
 */
const stopping = new AbortController();
const workers: Supervised<Running>[] = [];
let isRenewing = false;
const say = (line: string) => process.stderr.write(`${line}\n`);

process.title = "deputy";
// A closed terminal ends the printing, not the work.
process.stderr.on("error", () => undefined);
try {
  await main();
} catch (thrown) {
  if (!stopping.signal.aborted) {
    say(messageOf(thrown));
    process.exit(1);
  }
}

async function main(): Promise<void> {
  const settings = env();
  const addresses = requireAddresses(settings);
  const reporter = openExitReporter(addresses);
  const bundle = await openBundle();
  stopOnSignal({
    stop: async () => {
      stopping.abort();
      await reporter.close();
      await Promise.all(workers.map((worker) => worker.stop()));
    },
    kill: () => {
      for (const worker of workers) worker.kill();
    },
  });
  const entry = async () => {
    await awaitGivenDatabase(addresses.databaseUrl, say, stopping.signal);
    return bundle.entry("worker");
  };
  const names = workerNames(Math.max(1, settings.workers));
  process.on("SIGUSR2", () => {
    if (!isRenewing) void renew(bundle);
  });
  await Promise.all(names.map((name) => startWorker({ add }, name, { entry, added: {}, onLine: say, reporter })));
}

async function renew(bundle: Bundle): Promise<void> {
  isRenewing = true;
  try {
    say("renewing workers, one after the other");
    await bundle.renew();
    for (const worker of workers) if (!stopping.signal.aborted) await worker.renew();
    if (!stopping.signal.aborted) say("workers are renewed");
  } catch (thrown) {
    say(`workers could not be renewed: ${messageOf(thrown)}`);
  } finally {
    isRenewing = false;
  }
}

async function add<T extends Running>(name: string, start: Start<T>, ended?: () => Promise<void>) {
  const worker = await supervise(name, start, { say, ...(ended && { ended }) });
  workers.push(worker);
  return worker;
}
