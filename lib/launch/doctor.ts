import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { findChromium } from "#/lib/launch/chromium.ts";
import { postgresUser } from "#/lib/launch/data-place.ts";
import { askHealth, type Health } from "#/lib/launch/own-server.ts";
import { choosePort } from "#/lib/launch/port.ts";
import { findPostgres } from "#/lib/launch/postgres-binaries.ts";
import { installedRedis, unpackedRedis } from "#/lib/launch/redis-server.ts";
import { version } from "#/lib/launch/version.ts";
import { countWorkers } from "#/lib/launch/worker-census.ts";

export type Check = {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do, where something is missing or worth knowing. */
  readonly advice?: string;
};

/** What this machine has of what the product needs. Looks only; fetches, unpacks and starts nothing. */
export async function diagnose(): Promise<Check[]> {
  const server = await askHealth(env().serverUrl);
  return [
    node(),
    await postgres(),
    redis(),
    chromium(),
    model(),
    dataFolder(),
    await port(server.isOurs),
    health(server),
    ...(await workers(server.isOurs)),
  ];
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 22 || (major === 22 && minor >= 18);
  const found = `${process.version} (${process.execPath})`;
  return {
    name: "Node",
    ok,
    found,
    ...(!ok && { advice: "Node 22.18 or newer is needed: start through npm, or install it." }),
  };
}

async function postgres(): Promise<Check> {
  const name = "Postgres";
  if (env().databaseUrl !== undefined) return { name, ok: true, found: "named by DATABASE_URL" };
  const found = await findPostgres(postgresUser(resolve(env().dataDir, "postgres")));
  if (typeof found !== "string") return { name, ok: true, found: `${found.version}, embedded` };
  return { name, ok: false, found, advice: "Set DATABASE_URL to a running Postgres (16 or newer)." };
}

function redis(): Check {
  const name = "Redis";
  if (env().redisUrl !== undefined) return { name, ok: true, found: "named by REDIS_URL" };
  const faults: string[] = [];
  const found = installedRedis(faults) ?? unpackedRedis(env().dataDir, faults);
  if (found) return { name, ok: true, found: `${found.version} (${found.path})` };
  const advice = existsSync("/usr/bin/apt-get")
    ? "`npm start` unpacks Debian's package below the data folder, or: apt-get install redis-server"
    : "Install redis-server 7.0 or newer, name one with REDIS_SERVER_PATH, or set REDIS_URL to a running one.";
  return { name, ok: false, found: faults.join("; "), advice };
}

function chromium(): Check {
  const name = "Chromium";
  const found = findChromium();
  if (found) return { name, ok: true, found: `${found.path} (${found.from})` };
  const advice = "`npm start` unpacks one below the data folder, or: apt-get install chromium, or set CHROMIUM_PATH";
  return { name, ok: false, found: env().chromiumPath ? `${env().chromiumPath} does not run` : "none", advice };
}

function model(): Check {
  const { apiKey, baseUrl } = env().model;
  const name = "Model";
  if (baseUrl !== undefined) return { name, ok: true, found: `the server at ${baseUrl}` };
  if (apiKey !== undefined) return { name, ok: true, found: "OpenAI" };
  const advice =
    "It follows rules and understands little. Set OPENAI_API_KEY, or OPENAI_BASE_URL for any compatible server.";
  return { name, ok: true, found: "the offline model", advice };
}

function dataFolder(): Check {
  const name = "Data folder";
  const dir = resolve(env().dataDir);
  try {
    accessSync(nearestFolder(dir), constants.W_OK);
    return { name, ok: true, found: dir };
  } catch (thrown) {
    return { name, ok: false, found: messageOf(thrown), advice: "Name a folder that can be written: DEPUTY_DATA=..." };
  }
}

function nearestFolder(dir: string): string {
  return existsSync(dir) || dirname(dir) === dir ? dir : nearestFolder(dirname(dir));
}

/** A port that our own server has taken is as it should be. */
async function port(serverRuns: boolean): Promise<Check> {
  const name = "Port";
  const { port: wanted } = env();
  if (serverRuns) return { name, ok: true, found: `${wanted}, taken by Deputy` };
  try {
    await choosePort(wanted);
    return { name, ok: true, found: `${wanted} is free` };
  } catch (thrown) {
    return { name, ok: false, found: messageOf(thrown), advice: `Choose another: PORT=${wanted + 1} npm start` };
  }
}

function health({ ok, isOurs, text }: Health): Check {
  const found = `${env().serverUrl}: ${text}`;
  const advice = isOurs
    ? "It runs, and goes on by itself when what it misses is back. Its log says more: `logs` in the data folder."
    : "Start it with `npm start`, or name its address: DEPUTY_URL=...";
  return { name: "Server", ok, found, ...(!ok && { advice }) };
}

/** Of the server that runs here. A worker of another version works, too: it may just not have been renewed yet. */
async function workers(serverRuns: boolean): Promise<Check[]> {
  const counts = serverRuns ? await countWorkers(env()) : null;
  if (counts === null) return [];
  const found = counts.map((each) => `${each.count} of version ${each.version}`).join(", ") || "none";
  const isOther = counts.some((each) => each.version !== version);
  const advice = `This is version ${version}. Start the others anew: \`npm run build\`, then SIGUSR2 to the launcher.`;
  return [{ name: "Workers", ok: true, found, ...(isOther && { advice }) }];
}
