import { type OpenRun, openOrchestrator } from "#/lib/orchestrator.ts";
import { closeContext, openContext } from "#/lib/run/context.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";
import { closedLoop, Load } from "#/test/bench/harness/closed-loop.ts";
import { body } from "#/test/bench/harness/echo.ts";
import { serve } from "#/test/bench/harness/serve.ts";

/** As many of a run's tasks as the default budgets let live at once. */
const CALLERS_A_RUN = 5;
/** Then the next run is opened: no run of real life goes on for ever. */
const TASKS_A_RUN = 1_000;

/** Delegates through the program interface and waits for each result. */
const context = openContext();
const orchestrator = openOrchestrator(context);

type Seat = { run: Promise<OpenRun>; tasks: number };
const seats = new Map<number, Seat>();

async function delegate(caller: number): Promise<void> {
  const run = await runFor(Math.floor(caller / CALLERS_A_RUN));
  const handle = await run.delegate({ agent: "knowledge", task: body });
  const result = await handle.result();
  if (result.text !== body) throw new Error("the result is not what was asked for");
}

function runFor(number: number): Promise<OpenRun> {
  const seat = seats.get(number);
  if (seat !== undefined && seat.tasks < TASKS_A_RUN) {
    seat.tasks += 1;
    return seat.run;
  }
  void seat?.run.then((run) => run.close());
  const run = open();
  seats.set(number, { run, tasks: 1 });
  return run;
}

function open(): Promise<OpenRun> {
  return orchestrator.open({ title: "Benchmark" });
}

serve({ load: (question) => closedLoop(Load.parse(question), delegate) }, async () => {
  for (const { run } of seats.values()) (await run).leave();
  stopFollowing(context);
  await closeContext(context);
});
