import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runIngest } from "#/lib/cli/ingest.ts";
import { tableLines } from "#/lib/cli/table.ts";
import { oneLine, type Style, styled, writeLine } from "#/lib/cli/terminal.ts";
import { SECOND, ticks } from "#/lib/clock.ts";
import { env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { type Check, check } from "#/test/demo/check.ts";
import { type FoundServer, findServer } from "#/test/demo/find-server.ts";
import { blackboard } from "#/test/demo/patterns/blackboard.ts";
import { consensus } from "#/test/demo/patterns/consensus.ts";
import { hierarchical } from "#/test/demo/patterns/hierarchical.ts";
import { market } from "#/test/demo/patterns/market.ts";
import { parallel } from "#/test/demo/patterns/parallel.ts";
import { replan } from "#/test/demo/patterns/replan.ts";
import { sequential } from "#/test/demo/patterns/sequential.ts";
import { workflow } from "#/test/demo/patterns/workflow.ts";
import { type Pattern, Stage } from "#/test/demo/stage.ts";

/**
 * `npm run demo [-- --only NAME[,NAME]]`: every way of working together, in a running system, over HTTP. Prints what happens as
 * it happens, then what was checked. Exit status 0 only when each pattern did what is promised.
 */
const patterns = [sequential, parallel, hierarchical, consensus, blackboard, market, replan, workflow];
const documents = fileURLToPath(new URL("documents", import.meta.url));

type Shown = { readonly pattern: Pattern; readonly checks: readonly Check[]; readonly seconds: number };

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const chosen = patterns.filter(({ name }) => values.only === undefined || values.only.split(",").includes(name));
  if (chosen.length === 0) return fail(`There is no pattern ${values.only}; there are: ${namesOf(patterns)}.`);
  if (existsSync(".env")) process.loadEnvFile(".env");
  const found = await findServer(env().serverUrl, say);
  stopOnSignals(found);
  try {
    const stage = new Stage(found.server, process.stdout, found.stays);
    const { stdout, stderr } = process;
    await runIngest([documents], { url: found.server.url, stdout, stderr, quiet: true });
    const shown: Shown[] = [];
    for (const pattern of chosen) shown.push(await show(pattern, stage));
    return sumUp(shown);
  } finally {
    await found.stop();
  }
}

async function show(pattern: Pattern, stage: Stage): Promise<Shown> {
  const began = ticks();
  say(`\n${pattern.name.toUpperCase()}: ${pattern.promise}`, "bold");
  const checks = await pattern
    .play(stage)
    .catch((error: unknown) => [check("it can be shown", false, messageOf(error))]);
  for (const { what, isSo, seen } of checks) {
    say(`  ${isSo ? "ok " : "NOT"}  ${what}: ${oneLine(seen, 200)}`, isSo ? "green" : "red");
  }
  return { pattern, checks, seconds: (ticks() - began) / SECOND };
}

function sumUp(shown: readonly Shown[]): number {
  const rows = shown.map(({ pattern, checks, seconds }) => {
    const held = checks.filter(({ isSo }) => isSo).length;
    return [
      pattern.name,
      `${held} of ${checks.length} checks`,
      `${seconds.toFixed(1)} s`,
      isGood(checks) ? "ok" : "NOT",
    ];
  });
  const good = shown.filter(({ checks }) => isGood(checks)).length;
  say("");
  for (const line of tableLines(rows)) say(line);
  say(
    `${shown.length} patterns: ${good} as described, ${shown.length - good} not`,
    good === shown.length ? "green" : "red",
  );
  return good === shown.length ? 0 : 1;
}

function isGood(checks: readonly Check[]): boolean {
  return checks.length > 0 && checks.every(({ isSo }) => isSo);
}

function stopOnSignals(found: FoundServer): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void found.stop().finally(() => process.exit(130)));
  }
}

function namesOf(all: readonly Pattern[]): string {
  return all.map(({ name }) => name).join(", ");
}

function fail(message: string): number {
  writeLine(process.stderr, message);
  return 2;
}

function say(line: string, style?: Style): void {
  writeLine(process.stdout, style === undefined ? line : styled(process.stdout, style, line));
}
