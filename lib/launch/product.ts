import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { type Bundle, openBundle } from "#/lib/launch/bundle.ts";
import { ensureChromium } from "#/lib/launch/chromium.ts";
import { type Crew, openCrew } from "#/lib/launch/crew.ts";
import type { Running } from "#/lib/launch/embedded-server.ts";
import { type ExitReporter, openExitReporter } from "#/lib/launch/exit-reporter.ts";
import { startNodeChild } from "#/lib/launch/node-child.ts";
import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import { ingestOwnDocuments } from "#/lib/launch/own-documents.ts";
import { waitUntilReady } from "#/lib/launch/own-server.ts";
import { choosePort, HOST } from "#/lib/launch/port.ts";
import { type Say, shownPath } from "#/lib/launch/say.ts";
import { startServices } from "#/lib/launch/services.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import type { Supervised } from "#/lib/launch/supervise.ts";
import { troubleIn } from "#/lib/launch/trouble.ts";
import { startWorker, workerNames } from "#/lib/launch/workers.ts";
import { migrate } from "#/lib/store/migrate.ts";

export type Product = {
  /** Everything, until its health is good; gives the address, null when it was stopped meanwhile. Throws what is wrong. */
  start(): Promise<string | null>;
  /**
   * Ends and starts the workers one by one, then web, from the sources as they are now; what they do is finished or taken
   * over. Launcher, Postgres and Redis run on. Never throws: says what is wrong, and leaves running what runs.
   */
  renew(): Promise<void>;
  /** Web and workers first, then Redis, then Postgres; also in the middle of a start. */
  stop(): Promise<void>;
  kill(): void;
};

/** What is there once the product has started. */
type Started = {
  readonly baseUrl: string;
  readonly databaseUrl: string;
  readonly reporter: ExitReporter;
  /** In the order in which they are renewed. */
  readonly processes: readonly Supervised<Running>[];
  readonly bundle: Bundle;
};

/** A browser's open streams end, and are taken up again after the next start. */
const WEB_GRACE_MS = 5_000;

export function openProduct(settings: Env, say: Say): Product {
  const dataDir = resolve(settings.dataDir);
  const crew = openCrew(dataDir, say);
  const stopping = new AbortController();
  let started: Started | null = null;
  let renewing: Promise<void> | null = null;
  return {
    start: async () => {
      try {
        started = await start(settings, dataDir, crew, say, stopping.signal);
        return stopping.signal.aborted ? null : started.baseUrl;
      } catch (thrown) {
        if (stopping.signal.aborted) return null;
        throw thrown;
      }
    },
    renew: () => {
      if (started === null || stopping.signal.aborted) return Promise.resolve();
      renewing ??= renew(started, crew, say, stopping.signal).finally(() => {
        renewing = null;
      });
      return renewing;
    },
    stop: async () => {
      stopping.abort();
      await started?.reporter.close();
      await crew.stop([["web", ...workerNames(settings.workers)], ["redis"], ["postgres"]]);
      await rm(socketFolder(dataDir), { recursive: true, force: true });
    },
    kill: () => {
      stopping.abort();
      crew.kill();
    },
  };
}

async function start(settings: Env, dataDir: string, crew: Crew, say: Say, stopping: AbortSignal): Promise<Started> {
  const ended = await crew.endLeftovers();
  if (ended.length > 0) say(`ended what an earlier start had left behind: ${ended.join(", ")}`);
  const port = await choosePort(settings.port);
  const baseUrl = `http://${HOST}:${port}`;
  const [addresses, chromium] = await Promise.all([
    startServices(settings, dataDir, crew, say),
    ensureChromium(dataDir, say),
    prepareWeb(crew, say),
  ]);
  sayChromium(chromium, say);
  const added = {
    DATABASE_URL: addresses.databaseUrl,
    REDIS_URL: addresses.redisUrl,
    DEPUTY_DATA: dataDir,
    PORT: String(port),
    ...(chromium && { CHROMIUM_PATH: chromium.path }),
  };
  const reporter = openExitReporter(addresses);
  const bundle = await openBundle();
  const worker = { entry: () => bundle.entry("worker"), added, reporter };
  const processes = await Promise.all([
    ...workerNames(settings.workers).map((name) =>
      startWorker(crew, name, { ...worker, onLine: output(name, crew, say) }),
    ),
    startWeb(crew, () => bundle.entry("web"), port, added, say),
  ]);
  say(`${sayWorkers(settings.workers)}, their output in ${shownPath(join(dataDir, "logs"))}`);
  await waitUntilReady(baseUrl, stopping, { workers: settings.workers > 0 });
  if (!stopping.aborted) await offerDocuments(baseUrl, say);
  return { baseUrl, databaseUrl: addresses.databaseUrl, reporter, processes, bundle };
}

function sayWorkers(count: number): string {
  if (count === 0) return "web is started, and no worker (DEPUTY_WORKERS is 0): work waits for workers elsewhere";
  return count === 1 ? "web and worker are started" : `web and ${count} workers are started`;
}

async function renew({ processes, ...started }: Started, crew: Crew, say: Say, stopping: AbortSignal): Promise<void> {
  try {
    say("renewing workers and web, one after the other");
    await Promise.all([started.bundle.renew(), prepareWeb(crew, say)]);
    await migrate(started.databaseUrl);
    for (const process of processes) if (!stopping.aborted) await process.renew();
    await waitUntilReady(started.baseUrl, stopping, { workers: processes.length > 1 });
    if (!stopping.aborted) say("workers and web are renewed");
  } catch (thrown) {
    say(`workers and web could not all be renewed: ${messageOf(thrown)}`);
  }
}

async function prepareWeb(crew: Crew, say: Say): Promise<void> {
  const log = crew.log("build");
  await ensureBuilt(say, (line) => log.write(line));
  say("the web application is built");
}

async function startWeb(
  crew: Crew,
  entry: () => Promise<string>,
  port: number,
  added: Record<string, string>,
  say: Say,
): Promise<Supervised<Running>> {
  const onLine = output("web", crew, say);
  return crew.add("web", async (onExit) => {
    const args = [...nodeFlags, await entry(), HOST, String(port)];
    return startNodeChild({ args, added, graceMs: WEB_GRACE_MS, onLine, onExit });
  });
}

function sayChromium(chromium: { path: string; from: string } | null, say: Say): void {
  if (chromium) say(`Chromium is ${chromium.path} (${chromium.from})`);
  else
    say(
      "the browser agent cannot work without a Chromium: install one (`apt-get install chromium`) or set CHROMIUM_PATH",
    );
}

/** All of it into the log file, what a person should see also to the terminal, without repeating it. */
function output(name: string, crew: Crew, say: Say): (line: string, from: "stdout" | "stderr") => void {
  const log = crew.log(name);
  let last = "";
  return (line, from) => {
    log.write(line);
    const trouble = troubleIn(line, from);
    if (trouble !== null && trouble !== last) say(`[${name}] ${trouble}`);
    last = trouble ?? last;
  };
}

/** Without them the examples have less to say; that is no reason not to start. */
async function offerDocuments(baseUrl: string, say: Say): Promise<void> {
  try {
    const changed = await ingestOwnDocuments(baseUrl);
    if (changed > 0) say(`took in ${changed} pages of Deputy's own documentation`);
  } catch (thrown) {
    say(`Deputy's own documentation could not be taken in: ${messageOf(thrown)}`);
  }
}
