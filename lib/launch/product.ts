import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { ensureChromium } from "#/lib/launch/chromium.ts";
import { type Crew, openCrew } from "#/lib/launch/crew.ts";
import { startNodeChild } from "#/lib/launch/node-child.ts";
import { ingestOwnDocuments } from "#/lib/launch/own-documents.ts";
import { waitUntilReady } from "#/lib/launch/own-server.ts";
import { choosePort, HOST } from "#/lib/launch/port.ts";
import { reportWorkerExit } from "#/lib/launch/report-exit.ts";
import { type Say, shownPath } from "#/lib/launch/say.ts";
import { type Addresses, startServices } from "#/lib/launch/services.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { troubleIn } from "#/lib/launch/trouble.ts";

export type Product = {
  /** Everything, until its health is good; gives the address, null when it was stopped meanwhile. Throws what is wrong. */
  start(): Promise<string | null>;
  /** Web and worker first, then Redis, then Postgres; also in the middle of a start. */
  stop(): Promise<void>;
  kill(): void;
};

/** A worker may finish what it does; a browser's open streams end, and are taken up again after the next start. */
const WORKER_GRACE_MS = 25_000;
const WEB_GRACE_MS = 5_000;

export function openProduct(settings: Env, say: Say): Product {
  const dataDir = resolve(settings.dataDir);
  const crew = openCrew(dataDir, say);
  const stopping = new AbortController();
  return {
    start: async () => {
      try {
        const url = await start(settings, dataDir, crew, say, stopping.signal);
        return stopping.signal.aborted ? null : url;
      } catch (thrown) {
        if (stopping.signal.aborted) return null;
        throw thrown;
      }
    },
    stop: async () => {
      stopping.abort();
      await crew.stop([["web", "worker"], ["redis"], ["postgres"]]);
      await rm(socketFolder(dataDir), { recursive: true, force: true });
    },
    kill: () => {
      stopping.abort();
      crew.kill();
    },
  };
}

async function start(settings: Env, dataDir: string, crew: Crew, say: Say, stopping: AbortSignal): Promise<string> {
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
  await Promise.all([startWeb(crew, port, added, say), startWorker(crew, addresses, added, say)]);
  say(`web and worker are started, their output in ${shownPath(join(dataDir, "logs"))}`);
  await waitUntilReady(baseUrl, stopping);
  if (!stopping.aborted) await offerDocuments(baseUrl, say);
  return baseUrl;
}

async function prepareWeb(crew: Crew, say: Say): Promise<void> {
  const log = crew.log("build");
  await ensureBuilt(say, (line) => log.write(line));
  say("the web application is built");
}

function sayChromium(chromium: { path: string; from: string } | null, say: Say): void {
  if (chromium) say(`Chromium is ${chromium.path} (${chromium.from})`);
  else
    say(
      "the browser agent cannot work without a Chromium: install one (`apt-get install chromium`) or set CHROMIUM_PATH",
    );
}

async function startWeb(crew: Crew, port: number, added: Record<string, string>, say: Say): Promise<void> {
  const next = join("node_modules", "next", "dist", "bin", "next");
  const args = [next, "start", "--hostname", HOST, "--port", String(port)];
  const onLine = output("web", crew, say);
  await crew.add("web", (onExit) => startNodeChild({ args, added, graceMs: WEB_GRACE_MS, onLine, onExit }));
}

async function startWorker(crew: Crew, to: Addresses, added: Record<string, string>, say: Say): Promise<void> {
  const args = [join("agents", "worker.ts")];
  const onLine = output("worker", crew, say);
  let workerId = "";
  await crew.add(
    "worker",
    (onExit) => {
      workerId = `worker-${randomBytes(8).toString("hex")}`;
      const own = { ...added, DEPUTY_WORKER_ID: workerId };
      return startNodeChild({ args, added: own, graceMs: WORKER_GRACE_MS, onLine, onExit });
    },
    () => reportWorkerExit(to.databaseUrl, to.redisUrl, workerId),
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
