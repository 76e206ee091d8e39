import { cancelRun } from "#/lib/run/cancel-run.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";
import { answerOf, foldRun } from "#/lib/run/fold-run.ts";
import { readEvents } from "#/lib/store/events.ts";
import type { Execution } from "#/test/faults/effects.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { answerTo } from "#/test/faults/order.ts";
import { type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import { until } from "#/test/support/until.ts";

const by = { by: "user", reason: "The fault suite wants it no more." } as const;

/** Results come in another order than they were asked for, after their deadline, and after somebody cancelled. */
export const disorder: Fault = {
  id: "F18",
  title: "results out of order, late after a timeout, late after a cancel",
  repeats: 40,
  subsetRepeats: 3,
  // Of a run that is cancelled as a whole little is done.
  leastTasks: (repeats) => repeats * 2,
  async run(stack, repeats) {
    const late: Execution[] = [];
    stack.allow.otherEnds = true;
    // The log tells of a claim with its next event; a task that is cancelled at once has none. The rows know: see below.
    stack.allow.lostClaims = true;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const load = stack.load({ atOnce: 8, order: lateOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) late.push(await cancelOne(stack, late, repeat % 2 === 0));
    await until(() => haveEnded(stack, late), { what: "the results that nobody wants any more" });
    await load.finish();
    const timedOut = stack.effects.read().filter(({ of, endedAt }) => of === "overdue" && endedAt !== undefined).length;
    return {
      injected: `${repeats} cancels of tasks and runs, ${timedOut} results after their deadline`,
      measured: [],
      problems: [
        ...(timedOut === 0 ? ["no result came after its deadline"] : []),
        ...(await judge(stack)),
        ...(await judgeClaims(stack)),
      ],
    };
  },
};

/** The first asked for is the last to come; one outlives its deadline, one is going to be cancelled. */
function lateOrder(random: Random): Shape {
  const tasks = [
    task("slow", { agent: "knowledge", ms: random.between(400, 700) }),
    task("middle", { agent: "planner", ms: random.between(200, 300) }),
    task("quick", { agent: "browser", ms: random.between(0, 20) }),
    task("overdue", { agent: "planner", does: "stubborn", ms: random.between(1_100, 1_600), timeoutMs: 1_000 }),
    task("unwanted", { agent: "browser", does: "stubborn", ms: random.between(800, 1_500) }),
  ];
  return { tasks, words: 5, delta: 50, pauseMs: 1 };
}

/** Cancels another task, or its whole run, while it is executed by an agent that does not listen. */
async function cancelOne(stack: Stack, before: readonly Execution[], wholeRun: boolean): Promise<Execution> {
  const nonces = new Set(before.map(({ nonce }) => nonce));
  const others = () => running(stack, "unwanted").filter(({ nonce }) => !nonces.has(nonce));
  const execution = await until(() => stack.random.pick(others()), { what: "a task to cancel" });
  const runId = stack.ledger.find(({ order }) => order.nonce === execution.nonce)?.runId ?? "";
  if (wholeRun) await cancelRun(stack.client.context, runId, by);
  else await cancelTask(stack.client.context, await idOf(stack, runId, "unwanted"), by);
  return execution;
}

function running(stack: Stack, ref: string): Execution[] {
  return stack.workers.flatMap(({ id }) => stack.effects.heldBy(id)).filter(({ of }) => of === ref);
}

async function idOf(stack: Stack, runId: string, ref: string): Promise<string> {
  const rows = await look(
    stack,
    (sql) => sql<{ id: string }[]>`select id from tasks where run_id = ${runId} and ref = ${ref}`,
  );
  return rows[0]?.id ?? "";
}

function haveEnded(stack: Stack, executions: readonly Execution[]): boolean {
  stack.effects.read();
  return executions.every(({ endedAt }) => endedAt !== undefined);
}

/** A run that nobody cancelled comes to its whole answer, with its results in order and without the overdue one. */
async function judge(stack: Stack): Promise<string[]> {
  const problems: string[] = [];
  for (const { order, runId } of stack.ledger) {
    if (runId === undefined) continue;
    const log = await readEvents(stack.client.context.store.db, runId);
    if (log.at(-1)?.type === "run.cancelled") continue;
    const run = foldRun(log);
    const overdue = [...run.tasks.values()].find(({ spec }) => spec.ref === "overdue");
    if (overdue?.error?.code !== "task-timeout")
      problems.push(`run ${runId}: the overdue task is ${overdue?.status} (${overdue?.error?.code})`);
    const answer = answerOf(run).trim();
    if (answer !== answerTo(order)) problems.push(`run ${runId}: its answer is "${answer}"`);
  }
  return problems;
}

async function judgeClaims(stack: Stack): Promise<string[]> {
  const nonces = new Map(stack.ledger.map(({ runId, order }) => [runId, order.nonce]));
  type Row = { runId: string; ref: string; claim: number };
  const [tasks, [late]] = await look(stack, (sql) =>
    Promise.all([
      sql<Row[]>`select run_id as "runId", ref, claim from tasks where parent_id is not null`,
      sql<{ count: number }[]>`select count::int from refused_entries where reason = 'late-outcome'`,
    ]),
  );
  const often = tasks.filter(({ runId, ref, claim }) => executed(stack, nonces.get(runId), ref) > claim);
  return [
    ...often.map(({ runId, ref, claim }) => `run ${runId}: ${ref} was executed more often than claimed (${claim})`),
    ...((late?.count ?? 0) > 0 ? [] : ["no late outcome was counted"]),
  ];
}

function executed(stack: Stack, nonce = "", ref: string): number {
  return stack.effects.of("task", nonce, ref).length;
}
