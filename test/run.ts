import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { ticks } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { ensureChromium } from "#/lib/launch/chromium.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";

/**
 * `npm test [-- tier...]`: the tiers in order, then what failed and why, once more and in one place, then, as its last line,
 * `N passed, N failed`. A test that was skipped counts as failed, and so does a tier that could not begin or ended badly.
 * Exit status 0 only if all passed.
 */
const tiers = ["unit", "integration", "cluster", "e2e", "faults"] as const;
type Tier = (typeof tiers)[number];
/** `failures`: each in words, the test and its file first. */
type Outcome = { passed: number; failures: string[] };

/** End-to-end tests wait for pages most of their time: two halves go side by side, each with a product of its own. */
const halves = ["1/2", "2/2"];

const root = fileURLToPath(new URL("..", import.meta.url));
const data = join(root, ".data");
const say = (line: string) => console.log(line);

const Report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => !isTier(arg));
  if (unknown.length > 0) {
    console.error(`There is no tier ${unknown.join(", ")}; the tiers are ${tiers.join(", ")}.`);
    return 2;
  }
  const chosen = tiers.filter((tier) => args.length === 0 || args.includes(tier));
  const total: Outcome = { passed: 0, failures: [] };
  const settings = await prepare(chosen).catch((thrown) => {
    total.failures.push(messageOf(thrown));
    return null;
  });
  if (settings) for (const tier of chosen) add(total, await runTier(tier, tier === "unit" ? {} : settings));
  if (total.failures.length > 0) console.log(`\n== what failed\n\n${total.failures.join("\n\n")}\n`);
  if (total.passed + total.failures.length === 0) console.error("No test was run.");
  console.log(inNumbers(total));
  return total.failures.length === 0 && total.passed > 0 ? 0 : 1;
}

/** What the tests need of this machine, found or unpacked, and handed to them by name; unit tests need nothing. */
async function prepare(chosen: readonly Tier[]): Promise<Record<string, string>> {
  if (chosen.every((tier) => tier === "unit")) return {};
  const redis = await findRedisServer(data, say);
  const chromium = await ensureChromium(data, say);
  if (chosen.includes("e2e")) await ensureBuilt(say, () => {});
  return {
    REDIS_SERVER_PATH: redis.path,
    ...(chromium && { CHROMIUM_PATH: chromium.path }),
    // Hundreds of processes load the same packages.
    NODE_COMPILE_CACHE: join(data, "compile-cache"),
  };
}

async function runTier(tier: Tier, settings: Record<string, string>): Promise<Outcome> {
  console.log(`\n== ${tier} tests`);
  const startedAt = ticks();
  const parts = tier === "e2e" ? halves.map((half) => runPart(tier, settings, half)) : [runPart(tier, settings)];
  const outcome: Outcome = { passed: 0, failures: [] };
  for (const part of parts) add(outcome, await part);
  const seconds = ((ticks() - startedAt) / 1_000).toFixed(1);
  console.log(`== ${tier}: ${inNumbers(outcome)} in ${seconds} s`);
  return outcome;
}

async function runPart(tier: Tier, settings: Record<string, string>, shard?: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "deputy-report-"));
  const file = join(folder, "report.json");
  const status = await ended(programOf(tier, file, shard), settings, shard !== undefined);
  const outcome = readReport(file, status, tier);
  rmSync(folder, { recursive: true, force: true });
  return outcome;
}

function programOf(tier: Tier, file: string, shard: string | undefined): string[] {
  if (tier === "faults") return [join("test", "faults", "run.ts"), "--subset", "--json", file];
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const more = shard === undefined ? [] : [`--shard=${shard}`];
  return [vitest, "run", "--config", "test/vitest.config.ts", "--project", tier, ...reporters, ...more];
}

/** The program's status. `isOneOfSeveral`: what it prints is kept until it has ended, so that nothing stands in between. */
async function ended(program: string[], settings: Record<string, string>, isOneOfSeveral: boolean): Promise<number> {
  const output = isOneOfSeveral ? "pipe" : "inherit";
  const env = childEnvironment(settings);
  const child = spawn(process.execPath, program, { cwd: root, env, stdio: ["ignore", output, output] });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => printed.push(chunk));
  const [status] = await once(child, "close");
  process.stdout.write(Buffer.concat(printed));
  return status ?? 1;
}

/** A file that could not be loaded has no tests to count: it counts as one that failed. */
function readReport(file: string, status: number, tier: Tier): Outcome {
  const outcome: Outcome = { passed: 0, failures: [] };
  const results = existsSync(file) ? Report.parse(JSON.parse(readFileSync(file, "utf8"))).testResults : [];
  for (const { name, status: ofFile, message, assertionResults } of results) {
    for (const test of assertionResults) {
      if (test.status === "passed") outcome.passed += 1;
      else outcome.failures.push(inWords(tier, name, test.fullName, test.failureMessages?.join("\n") || test.status));
    }
    if (ofFile === "failed" && !assertionResults.some((test) => test.status === "failed")) {
      outcome.failures.push(inWords(tier, name, "outside of its tests", message));
    }
  }
  if (status !== 0 && outcome.failures.length === 0) outcome.failures.push(`${tier}: ended with status ${status}`);
  return outcome;
}

/** A failure's first lines, without the runner's own: the rest, with what differs, stands where the test ran. */
function inWords(tier: Tier, file: string, test: string, why: string): string {
  const lines = stripVTControlCharacters(why).trim().split("\n");
  const ours = lines.filter((line) => !/^\s+at .*(node_modules|<anonymous>)/.test(line));
  return [`${tier}: ${relative(root, file)}: ${test}`, ...ours.slice(0, 12).map((line) => `  ${line}`)].join("\n");
}

function inNumbers({ passed, failures }: Outcome): string {
  return `${passed} passed, ${failures.length} failed`;
}

function add(total: Outcome, { passed, failures }: Outcome): void {
  total.passed += passed;
  total.failures.push(...failures);
}

function isTier(arg: string): boolean {
  return (tiers as readonly string[]).includes(arg);
}
