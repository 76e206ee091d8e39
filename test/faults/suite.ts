import { writeFileSync } from "node:fs";
import { catalogue } from "#/test/faults/catalogue.ts";
import { checkInvariants, type Verdict } from "#/test/faults/check.ts";
import type { Fault, Report } from "#/test/faults/fault.ts";
import { figuresOf, inWords } from "#/test/faults/figures.ts";
import { openServers, type Servers } from "#/test/faults/servers.ts";
import { openStack, type Stack } from "#/test/faults/stack.ts";
import { activity } from "#/test/faults/tables.ts";

export type SuiteOptions = {
  readonly only: readonly string[];
  readonly seed: number;
  readonly repeats: number | undefined;
  readonly subset: boolean;
  readonly jsonFile: string | undefined;
};

type Outcome = {
  readonly fault: Fault;
  readonly seconds: number;
  readonly report: Report | null;
  readonly verdict: Verdict | null;
  readonly problems: readonly string[];
};

const MOST_PROBLEMS = 30;

/** Runs the chosen faults one after another, a line each; the last line counts them. Resolves with the exit status. */
export async function runSuite(options: SuiteOptions): Promise<number> {
  const chosen = catalogue.filter((fault) => isChosen(fault, options));
  if (chosen.length === 0) {
    console.error(`There is no such fault; the names are ${catalogue.map(({ id }) => id).join(", ")}.`);
    return 2;
  }
  console.log(`seed ${options.seed} (--seed ${options.seed} makes the same choices)`);
  const servers = await openServers();
  const outcomes: Outcome[] = [];
  try {
    for (const fault of chosen) outcomes.push(await runFault(servers, fault, options));
  } finally {
    await servers.close();
  }
  if (options.jsonFile !== undefined)
    writeFileSync(options.jsonFile, `${JSON.stringify(asJson(outcomes, options), null, 2)}\n`);
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function isChosen(fault: Fault, { only, subset }: SuiteOptions): boolean {
  if (fault.doesNotApply !== undefined) return false;
  if (only.length > 0) return only.includes(fault.id);
  return subset ? fault.subsetRepeats !== undefined : fault.onRequest !== true;
}

function repeatsOf(fault: Fault, { repeats, subset }: SuiteOptions): number {
  return repeats ?? (subset ? fault.subsetRepeats : undefined) ?? fault.repeats;
}

async function runFault(servers: Servers, fault: Fault, options: SuiteOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const repeats = repeatsOf(fault, options);
  const problems: string[] = [];
  let report: Report | null = null;
  let verdict: Verdict | null = null;
  let stack: Stack | undefined;
  try {
    await servers.restore();
    stack = await openStack(servers, options.seed, fault.settings);
    report = await fault.run(stack, repeats);
    problems.push(...report.problems, ...missesOf(report));
  } catch (thrown) {
    problems.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    if (stack !== undefined) await noteActivity(stack);
  }
  try {
    await servers.restoreRunning();
    if (stack !== undefined) {
      verdict = await checkInvariants(stack);
      problems.push(...verdict.problems);
      const least = fault.leastTasks(repeats);
      if (verdict.tasks < least) problems.push(`only ${verdict.tasks} tasks were completed, of at least ${least}`);
    }
  } catch (thrown) {
    problems.push(`the check itself failed: ${thrown instanceof Error ? thrown.stack : thrown}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const outcome = { fault, seconds, report, verdict, problems };
  tell(outcome, stack);
  await stack?.close();
  return outcome;
}

async function noteActivity(stack: Stack): Promise<void> {
  try {
    for (const line of await activity(stack)) stack.note(`Postgres: ${line}`);
  } catch (thrown) {
    stack.note(`Postgres does not say what it does: ${thrown}`);
  }
}

function missesOf({ measured }: Report): string[] {
  return measured.flatMap(({ what, milliseconds, atMostMs }) => {
    const figures = figuresOf(milliseconds);
    if (atMostMs === undefined) return [];
    if (figures.n === 0) return [`${what} was never measured`];
    return figures.p99 > atMostMs ? [`${what}: p99 is ${figures.p99} ms, to reach was ${atMostMs} ms`] : [];
  });
}

function tell({ fault, seconds, report, verdict, problems }: Outcome, stack: Stack | undefined): void {
  const figures = report?.measured.map(({ what, milliseconds }) => inWords(what, figuresOf(milliseconds))) ?? [];
  const work = verdict
    ? [`${verdict.runs} runs, ${verdict.tasks} tasks, ${verdict.events} events, ${verdict.resumed} resumes`]
    : [];
  const told = [report?.injected ?? "", ...figures, ...(report?.notes ?? []), ...work].filter(Boolean).join("; ");
  console.log(
    `${problems.length === 0 ? "ok    " : "FAILED"} ${fault.id} ${fault.title}: ${told} [${seconds.toFixed(0)} s]`,
  );
  if (problems.length === 0) return;
  for (const problem of problems.slice(0, MOST_PROBLEMS)) console.log(`       ${problem}`);
  if (problems.length > MOST_PROBLEMS) console.log(`       and ${problems.length - MOST_PROBLEMS} more`);
  for (const note of stack?.notes.slice(-40) ?? []) console.log(`       note: ${note}`);
  for (const worker of stack?.workers ?? []) {
    for (const line of worker.tail().slice(-5)) console.log(`       ${worker.id} said: ${line}`);
  }
}

/** `testResults` is what test/run.ts counts, in the form of vitest's reporter. */
function asJson(outcomes: readonly Outcome[], { seed }: SuiteOptions) {
  const assertionResults = outcomes.map(({ fault, problems }) => ({
    fullName: `${fault.id} ${fault.title}`,
    status: problems.length === 0 ? "passed" : "failed",
    failureMessages: problems.slice(0, MOST_PROBLEMS),
  }));
  const status = assertionResults.every((one) => one.status === "passed") ? "passed" : "failed";
  return {
    seed,
    at: new Date().toISOString(),
    testResults: [{ name: "faults", status, assertionResults }],
    faults: outcomes.map(({ fault, seconds, report, verdict, problems }) => ({
      id: fault.id,
      title: fault.title,
      passed: problems.length === 0,
      seconds: Math.round(seconds),
      injected: report?.injected ?? null,
      measured: (report?.measured ?? []).map(({ what, milliseconds, atMostMs }) => ({
        what,
        ...figuresOf(milliseconds),
        atMostMs: atMostMs ?? null,
      })),
      work: verdict && { runs: verdict.runs, tasks: verdict.tasks, events: verdict.events, resumed: verdict.resumed },
      notes: report?.notes ?? [],
      problems,
    })),
  };
}
