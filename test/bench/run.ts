import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benches } from "#/test/bench/benches.ts";
import type { Bench } from "#/test/bench/harness/bench.ts";
import { contest, type Outcome } from "#/test/bench/harness/contest.ts";
import { machine, type Report, terminalReport } from "#/test/bench/harness/report.ts";
import { startServers } from "#/test/bench/harness/servers.ts";
import { keepReport } from "#/test/bench/keep-report.ts";

/** `npm run bench`: see docs/performance.md. */
const usage = `npm run bench -- [--only NAME[,NAME]] [--rounds N] [--seconds N] [--json FILE] [--write]
  --only      of: ${benches.map(({ name }) => name).join(", ")}
  --rounds    how often each contender is measured, in turn with the others (default 3)
  --seconds   how long one measurement takes (default 10)
  --json      writes everything that was measured into a file
  --write     keeps the result in docs/performance.md
`;

type Options = { chosen: readonly Bench[]; rounds: number; seconds: number; json: string | undefined; write: boolean };

const options = readOptions();
if (typeof options === "string") {
  process.stderr.write(`${options}\n\n${usage}`);
  process.exitCode = 2;
} else await run(options);

function readOptions(): Options | string {
  try {
    const string = { type: "string" } as const;
    const { values } = parseArgs({
      options: { only: string, rounds: string, seconds: string, json: string, write: { type: "boolean" } },
    });
    const names = values.only?.split(",");
    const unknown = names?.find((name) => !benches.some((bench) => bench.name === name));
    if (unknown !== undefined) return `There is no bench called "${unknown}".`;
    const chosen = benches.filter(({ name }) => names === undefined || names.includes(name));
    const rounds = count("--rounds", values.rounds ?? "3");
    const seconds = count("--seconds", values.seconds ?? "10");
    return { chosen, rounds, seconds, json: values.json, write: values.write ?? false };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function count(name: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new Error(`${name} must be a whole number from 1 to 99,999, not "${text}".`);
}

async function run({ chosen, rounds, seconds, json, write }: Options): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const servers = await startServers();
  const outcomes: Outcome[] = [];
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void servers.stop().finally(() => process.exit(130)));
  }
  try {
    for (const bench of chosen) {
      say(`${bench.name}: ${bench.title}`);
      try {
        outcomes.push(await contest(bench, { servers, seconds }, rounds, say));
      } catch (thrown) {
        say(`${bench.name} FAILED: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
        process.exitCode = 1;
      }
    }
  } finally {
    await servers.stop();
  }
  const { redis, postgres } = servers.versions;
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const versions = { node: process.versions.node, redis, postgres };
  const report: Report = {
    command,
    at: new Date().toISOString(),
    machine: machine(),
    versions,
    rounds,
    seconds,
    outcomes,
  };
  process.stdout.write(`\n${terminalReport(outcomes)}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  if (write) keepReport(report);
}
