import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import type { Fault } from "#/test/faults/fault.ts";
import { launch, processesOf, startProduct, type TestProduct, temporaryFolder } from "#/test/support/product.ts";
import { until } from "#/test/support/until.ts";

const Run = z.object({ status: z.string(), tasks: z.array(z.object({ status: z.string() })) });

/** The real launcher with its own servers, on a data folder of its own. */
export const launcherFaults: Fault = {
  id: "F31",
  title: "launcher: second one, kill -9 and restart, stale lock, taken port, newer data",
  repeats: 1,
  // Its work is in a database of its own, and is counted here.
  leastTasks: () => 0,
  async run(_, repeats) {
    const recoveries: number[] = [];
    const problems: string[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const dir = await temporaryFolder();
      try {
        problems.push(...(await life(dir, recoveries)));
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    }
    return {
      injected: `${repeats} times: a second launcher, kill -9, a stale lock, a taken port, data of a newer Postgres`,
      measured: [{ what: "from the kill of the launcher until all is well again", milliseconds: recoveries }],
      problems,
    };
  },
};

async function life(dir: string, recoveries: number[]): Promise<string[]> {
  const problems: string[] = [];
  let product = await startProduct({}, dir);
  try {
    const kept = await ask(product);
    const tasks = await outcomeOf(product, kept, problems);
    if (tasks === 0) problems.push("no task was completed");
    const transcript = await transcriptOf(product, kept);
    problems.push(...(await refuses("a second launcher", { DEPUTY_DATA: dir }, /already runs on the data/)));

    const open = await ask(product);
    const killedAt = performance.now();
    product.launcher.kill("SIGKILL");
    await until(() => processesOf(dir).length === 0, {
      what: "the end of all that the launcher had started",
      timeoutMs: 20_000,
    });
    product = await startProduct({}, dir);
    recoveries.push(performance.now() - killedAt);
    if ((await transcriptOf(product, kept)) !== transcript)
      problems.push(`run ${kept} reads otherwise after the restart`);
    await outcomeOf(product, open, problems);

    await product.stop();
    writeFileSync(join(dir, "launcher.lock"), JSON.stringify({ pid: process.pid, startedAt: "1" }));
    problems.push(...(await onTakenPort(dir)));
    product = await startProduct({}, dir);
    if ((await transcriptOf(product, kept)) !== transcript)
      problems.push(`run ${kept} reads otherwise behind a stale lock`);
  } finally {
    await product.stop();
  }
  writeFileSync(join(dir, "postgres", "PG_VERSION"), "99\n");
  return [...problems, ...(await refuses("data of a newer Postgres", { DEPUTY_DATA: dir }, /99/))];
}

async function onTakenPort(dir: string): Promise<string[]> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  const problems = await refuses("a taken port", { DEPUTY_DATA: dir, PORT: port }, /Choose another: PORT=/);
  await new Promise((resolve) => other.close(resolve));
  return problems;
}

/** It ends with status 1, says what to do, and leaves no process of its own. */
async function refuses(what: string, settings: Record<string, string>, says: RegExp): Promise<string[]> {
  const before = processesOf(settings.DEPUTY_DATA ?? "").length;
  const { launcher, output } = await launch(settings);
  await until(() => launcher.exitCode !== null, { what: `the launcher's end for ${what}`, timeoutMs: 60_000 });
  await until(() => processesOf(settings.DEPUTY_DATA ?? "").length <= before, {
    what: `the end of what it started for ${what}`,
  });
  if (launcher.exitCode === 1 && says.test(output())) return [];
  return [`${what} is answered with status ${launcher.exitCode} and "${output()}"`];
}

async function ask({ baseUrl }: TestProduct): Promise<string> {
  const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "Research how delivery works" }] };
  const response = await fetch(`${baseUrl}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: randomUUID(), messages: [message] }),
  });
  await response.body?.cancel();
  return response.headers.get("x-run-id") ?? "";
}

/** How many tasks the run has completed; that it did not end well is a problem. */
async function outcomeOf({ baseUrl }: TestProduct, runId: string, problems: string[]): Promise<number> {
  const read = async () => Run.parse(await (await fetch(`${baseUrl}/api/runs/${runId}`)).json());
  const run = await until(async () => ((found) => found.status !== "active" && found)(await read()), {
    what: `the end of run ${runId}`,
    timeoutMs: 60_000,
  });
  if (run.status !== "completed") problems.push(`run ${runId} is ${run.status}`);
  return run.tasks.filter(({ status }) => status === "completed").length;
}

async function transcriptOf({ baseUrl }: TestProduct, runId: string): Promise<string> {
  return (await fetch(`${baseUrl}/api/runs/${runId}/events`)).text();
}
