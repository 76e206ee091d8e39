import { writeFileSync } from "node:fs";
import { parseEnv } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import { delegateAll } from "#/test/bench/load/delegate-all.ts";
import { type LoadOptions, loadUsage, readLoadOptions } from "#/test/bench/load/options.ts";
import { ProgressBar } from "#/test/bench/load/progress-bar.ts";
import { loadReport, reportText } from "#/test/bench/load/report.ts";
import { startTarget, type Target } from "#/test/bench/load/target.ts";

/** `npm run load`: see docs/performance.md. Exit status 1 when a task failed, 2 when the arguments cannot be used. */
const options = readLoadOptions(process.argv.slice(2));
if (typeof options === "string") {
  process.stderr.write(options === "" ? loadUsage : `${options}\n\n${loadUsage}`);
  process.exitCode = options === "" ? 0 : 2;
} else {
  await load(options).catch((thrown) => {
    process.stderr.write(`${messageOf(thrown)}\n`);
    process.exitCode = 1;
  });
}

async function load(chosen: LoadOptions): Promise<void> {
  const target = await startTarget(process.env, chosen);
  const stopNow = () => void target.stop().finally(() => process.exit(130));
  process.once("SIGINT", stopNow).once("SIGTERM", stopNow);
  try {
    await run(chosen, target);
  } finally {
    await target.stop();
  }
}

async function run(chosen: LoadOptions, target: Target): Promise<void> {
  const bar = new ProgressBar(process.stderr, chosen.tasks);
  const outcome = await delegateAll(parseEnv({ ...process.env, ...target.settings }), chosen, (settled, failed) =>
    bar.show(settled, failed),
  );
  bar.end();
  const report = loadReport(chosen, outcome);
  process.stdout.write(reportText(report));
  if (chosen.json !== undefined) writeFileSync(chosen.json, `${JSON.stringify(report, null, 2)}\n`);
  if (report.failures > 0) process.exitCode = 1;
}
