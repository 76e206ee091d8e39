import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { ensureChromium } from "#/lib/launch/chromium.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { until } from "#/test/support/until.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the product of the e2e tier answers. */
    baseUrl: string;
    /** Its data folder. */
    dataDir: string;
  }
}

export type TestProduct = {
  readonly baseUrl: string;
  readonly dataDir: string;
  readonly launcher: ChildProcess;
  /** The numbers of its children by name: postgres, redis, web, worker. They change when one is started again. */
  children(): Readonly<Record<string, number>>;
  /** What the launcher has printed so far. */
  output(): string;
  /** As Ctrl-C does. Fails when the launcher does not end well, or when a process of it is left. */
  stop(): Promise<void>;
};

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The first start of a clean clone builds. */
const READY_MS = 170_000;
const STOP_MS = 40_000;
/** Settings of the person who runs the tests, that the product under test must not see; empty counts as absent. */
const ABSENT = ["DATABASE_URL", "REDIS_URL", "DEPUTY_URL", "OPENAI_API_KEY", "LLM_API_KEY", "OPENAI_BASE_URL"];

/** The product of the e2e tier: the real one, started as a person starts it, on a free port and an empty data folder. */
export default async function product(project: TestProject): Promise<() => Promise<void>> {
  const started = await startProduct();
  project.provide("baseUrl", started.baseUrl);
  project.provide("dataDir", started.dataDir);
  return started.stop;
}

/**
 * Starts another one with other settings, e.g. `{OPENAI_BASE_URL, DEPUTY_MODEL_FAST}` of a fake server, or on the data of
 * one before. Without a `dataDir` the data is temporary and `stop` removes it.
 */
export async function startProduct(added: Record<string, string> = {}, dataDir?: string): Promise<TestProduct> {
  const dir = dataDir ?? (await temporaryFolder());
  const { launcher, output } = await launch({ ...added, DEPUTY_DATA: dir });
  try {
    const baseUrl = await until(() => readyLine(launcher, output()), { timeoutMs: READY_MS, what: "the product" });
    const stop = async () => {
      await end(launcher, output, dir);
      if (dataDir === undefined) await rm(dir, { recursive: true, force: true });
    };
    return { baseUrl, dataDir: dir, launcher, children: () => childrenOf(dir), output, stop };
  } catch (thrown) {
    launcher.kill("SIGTERM");
    throw new Error(`The product did not start. It printed:\n${output()}`, { cause: thrown });
  }
}

/** Starts the launcher without waiting for anything; for tests of how it refuses to start. */
export async function launch(added: Record<string, string>): Promise<{ launcher: ChildProcess; output(): string }> {
  const redis = await findRedisServer(join(root, ".data"), console.log);
  const chromium = await ensureChromium(join(root, ".data"), console.log);
  const found = { REDIS_SERVER_PATH: redis.path, ...(chromium && { CHROMIUM_PATH: chromium.path }) };
  const absent = Object.fromEntries(ABSENT.map((name) => [name, ""]));
  const launcher = spawn(process.execPath, [join("lib", "launch", "start.ts")], {
    cwd: root,
    env: { ...process.env, ...absent, ...found, PORT: "0", ...added },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  return { launcher, output: () => printed };
}

export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "deputy-test-"));
  await chmod(dir, 0o711);
  return dir;
}

/** The processes that belong to a data folder: those that stand in it, and those that were told of it. */
export function processesOf(dataDir: string): string[] {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return numbers.flatMap((pid) => {
    const seen = (path: string, see: (path: string) => string) => read(() => see(`/proc/${pid}/${path}`));
    const stands = seen("cwd", (path) => readlinkSync(path)).startsWith(`${dataDir}/`);
    const told = seen("environ", (path) => readFileSync(path, "utf8")).includes(`DEPUTY_DATA=${dataDir}\0`);
    if (!stands && !told) return [];
    const command = seen("cmdline", (path) => readFileSync(path, "utf8"));
    return command === "" ? [] : [`${pid} ${command.replaceAll("\0", " ").slice(0, 200)}`];
  });
}

function readyLine(launcher: ChildProcess, printed: string): string | null {
  if (launcher.exitCode !== null) throw new Error(`the launcher ended with ${launcher.exitCode}`);
  return printed.match(/^Deputy is ready: (\S+)$/m)?.[1] ?? null;
}

export function childrenOf(dataDir: string): Record<string, number> {
  const path = join(dataDir, "children.json");
  const recorded: Record<string, { pid: number }> = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  return Object.fromEntries(Object.entries(recorded).map(([name, { pid }]) => [name, pid]));
}

async function end(launcher: ChildProcess, output: () => string, dataDir: string): Promise<void> {
  if (launcher.exitCode === null && launcher.signalCode === null) launcher.kill("SIGTERM");
  await until(() => launcher.exitCode !== null || launcher.signalCode !== null, {
    timeoutMs: STOP_MS,
    what: "its end",
  });
  await until(() => processesOf(dataDir).length === 0, {
    timeoutMs: 5_000,
    what: "the end of all its processes",
  }).catch((thrown) => {
    throw new Error(`Processes are left:\n${processesOf(dataDir).join("\n")}`, { cause: thrown });
  });
  if (launcher.exitCode !== 0)
    throw new Error(`The launcher ended with ${launcher.exitCode}. It printed:\n${output()}`);
}

/** Processes end while one looks at them, and some may not be looked at. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}
