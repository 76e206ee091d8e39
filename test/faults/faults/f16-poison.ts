import type { Fault } from "#/test/faults/fault.ts";
import type { Order } from "#/test/faults/order.ts";
import { mixedOrder, type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";

const ATTEMPTS = 3;
const POISON = "poison";
const poisons = ["crash", "eat", "burn"] as const;

type Ended = {
  runId: string;
  run: string;
  ref: string;
  status: string;
  dead: string | null;
  code: string | null;
  workers: string[];
};

/** Tasks that end their process every time, by a crash, a loop without end, or all of its memory. */
export const poisonTask: Fault = {
  id: "F16",
  title: "tasks that kill their worker, block it, or eat its memory, each time",
  repeats: 9,
  settings: { DEPUTY_MAX_ATTEMPTS: String(ATTEMPTS) },
  leastTasks: (repeats) => repeats * 10,
  async run(stack, repeats) {
    // The poisoned runs end otherwise; those of the others are judged below.
    stack.allow.otherEnds = true;
    const nodeArgs = ["--max-old-space-size=96"];
    await Promise.all([1, 2, 3].map(() => stack.startWorker({ nodeArgs })));
    const load = stack.load({ atOnce: 8, order: mixedOrder });
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const poisoned = stack.load({ atOnce: 1, total: 1, order: (random) => withPoison(random, repeat) });
      await poisoned.finish();
    }
    await load.finish();
    const durations = stack.ledger.flatMap(({ order, acceptedAt, endedAt }) =>
      acceptedAt !== undefined && endedAt !== undefined && !isPoisoned(order) ? [endedAt - acceptedAt] : [],
    );
    return {
      injected: `${repeats} poisoned tasks: crash, all memory, endless loop`,
      measured: [{ what: "runs without poison", milliseconds: durations }],
      problems: await misjudged(stack),
    };
  },
};

function withPoison(random: Random, repeat: number): Shape {
  const order = mixedOrder(random);
  const does = poisons[repeat % poisons.length] ?? "crash";
  return { ...order, tasks: [...order.tasks, task(POISON, { does, ms: random.between(0, 200) })] };
}

function isPoisoned({ tasks }: Order): boolean {
  return tasks.some(({ ref }) => ref === POISON);
}

/** Each poisoned task is a dead letter with that reason after its attempts; everything else is done. */
async function misjudged(stack: Stack): Promise<string[]> {
  const tasks = await look(
    stack,
    (sql) => sql<Ended[]>`
      select t.run_id as "runId", r.status as run, t.ref, t.status, t.dead, t.error->>'code' as code,
        array(select e.data->>'workerId' from events e where e.run_id = t.run_id and e.task_id = t.id
          and e.type = 'task.claimed' order by e.seq) as workers
      from tasks t join runs r on r.id = t.run_id`,
  );
  const byRun = Map.groupBy(tasks, ({ runId }) => runId);
  return stack.ledger.flatMap(({ runId = "", order }) => {
    const found = byRun.get(runId) ?? [];
    const taken = found.filter(({ ref, status }) => ref !== POISON && status !== "completed");
    const poison = found.find(({ ref }) => ref === POISON);
    const executions = stack.effects.of("task", order.nonce, POISON).length;
    return [
      ...taken.map((one) => `taken along by a poisoned task: ${JSON.stringify(one)}`),
      ...(isPoisoned(order) && poison?.dead !== "poison" ? [`not dead by poison: ${JSON.stringify(poison)}`] : []),
      ...(executions > ATTEMPTS ? [`executed ${executions} times: ${JSON.stringify(poison)}`] : []),
    ];
  });
}
