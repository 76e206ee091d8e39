import type { RunEvent } from "#/lib/protocol/event.ts";
import { foldRun } from "#/lib/run/fold-run.ts";
import { readEvents } from "#/lib/store/events.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { longAnswer } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";

type Limit = {
  readonly settings: Readonly<Record<string, string>>;
  /** Delegations in each output. */
  readonly loop: number;
  /** What the end of the run, or a refusal in it, must name. */
  readonly names: RegExp;
  readonly mostTasks: number;
  readonly mostTurns: number;
};

/** Verdicts: after three failed ones, three outputs that are refused whole. */
const limits: readonly Limit[] = [
  { settings: {}, loop: 5, names: /VERDICT fail was used 3 times/, mostTasks: 20, mostTurns: 7 },
  { settings: {}, loop: 12, names: /DEPUTY_MAX_TASKS/, mostTasks: 32, mostTurns: 10 },
  { settings: { DEPUTY_MAX_TURNS: "3" }, loop: 4, names: /DEPUTY_MAX_TURNS/, mostTasks: 12, mostTurns: 3 },
  { settings: { DEPUTY_MAX_TOKENS: "5" }, loop: 2, names: /DEPUTY_MAX_TOKENS/, mostTasks: 6, mostTurns: 3 },
  { settings: { DEPUTY_MAX_COST_USD: "0.02" }, loop: 2, names: /DEPUTY_MAX_COST_USD/, mostTasks: 4, mostTurns: 2 },
];
const LIVE = 5;

/** The model delegates in every output and finds no result good enough. */
export const endless: Fault = {
  id: "F26",
  title: "a model that always delegates",
  repeats: 10,
  subsetRepeats: 5,
  leastTasks: (repeats) => repeats * 2,
  async run(stack, repeats) {
    const problems: string[] = [];
    stack.allow.otherEnds = true;
    for (const limit of limits) {
      const worker = await stack.startWorker({ settings: limit.settings, replaced: false });
      const total = Math.ceil(repeats / limits.length);
      const first = stack.ledger.length;
      const { loop } = limit;
      const order = () => ({ ...longAnswer(0), loop, delta: 500, pauseMs: 0 });
      await stack.load({ atOnce: total, total, order }).finish();
      for (const { runId } of stack.ledger.slice(first)) problems.push(...(await judge(stack, runId ?? "", limit)));
      worker.signal("SIGTERM");
      await worker.exited;
    }
    return {
      injected: `${stack.ledger.length} runs against the limits of verdicts, tasks, turns, tokens and money`,
      measured: [],
      problems,
    };
  },
};

async function judge(stack: Stack, runId: string, limit: Limit): Promise<string[]> {
  const log = await readEvents(stack.client.context.store.db, runId);
  const { tasks, turns } = foldRun(log);
  const end = log.at(-1);
  const told = JSON.stringify(log.filter(({ type }) => type === "run.failed" || type === "action.refused"));
  const live = mostLive(log);
  return [
    ...(end?.type === "run.failed" ? [] : [`it ended with ${end?.type}`]),
    ...(limit.names.test(told)
      ? []
      : [`nothing in it names ${limit.names}; it ended with ${JSON.stringify(end?.data)}`]),
    ...(tasks.size <= limit.mostTasks ? [] : [`it has ${tasks.size} tasks, of at most ${limit.mostTasks}`]),
    ...(turns.length <= limit.mostTurns ? [] : [`it has ${turns.length} turns, of at most ${limit.mostTurns}`]),
    ...(live <= LIVE ? [] : [`${live} of its tasks were live at once`]),
  ].map((problem) => `run ${runId} (${JSON.stringify(limit.settings)}, ${limit.loop} an output): ${problem}`);
}

/** All of them are for one agent. */
function mostLive(log: readonly RunEvent[]): number {
  let live = 0;
  let most = 0;
  for (const { type } of log) {
    if (type === "task.dispatched") live += 1;
    if (type === "task.completed" || type === "task.failed" || type === "task.cancelled") live -= 1;
    most = Math.max(most, live);
  }
  return most;
}
