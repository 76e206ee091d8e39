import type { Fault } from "#/test/faults/fault.ts";
import type { TaskOrder } from "#/test/faults/order.ts";
import { mixedOrder, type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";

const ATTEMPTS = 3;
const poisons = ["crash", "eat", "burn"] as const;

type Ended = { runId: string; run: string; ref: string; status: string; dead: string | null; code: string | null };

/** Tasks that end their process every time, by a crash, a loop without end, or all of its memory. */
export const poisonTask: Fault = {
  id: "F16",
  title: "tasks that kill their worker, block it, or eat its memory, each time",
  repeats: 9,
  subsetRepeats: 3,
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
      acceptedAt !== undefined && endedAt !== undefined && !order.tasks.some(isPoison) ? [endedAt - acceptedAt] : [],
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
  return { ...order, tasks: [...order.tasks, task("poison", { does, ms: random.between(0, 200) })] };
}

function isPoison({ ref }: TaskOrder): boolean {
  return ref === "poison";
}

/** Each poisoned task is a dead letter with that reason after its attempts; everything else is done. */
async function misjudged(stack: Stack): Promise<string[]> {
  const rows = await look(
    stack,
    (sql) => sql<Ended[]>`
      select t.run_id as "runId", r.status as run, t.ref, t.status, t.dead, t.error->>'code' as code
      from tasks t join runs r on r.id = t.run_id where t.parent_id is not null`,
  );
  const byRun = Map.groupBy(rows, ({ runId }) => runId);
  return stack.ledger.flatMap(({ runId = "", order }) =>
    order.tasks.flatMap((wanted) => {
      const found = byRun.get(runId)?.find(({ ref }) => ref === wanted.ref);
      const told = `${order.nonce}/${wanted.ref} (${wanted.does}) of ${runId}: ${JSON.stringify(found)}`;
      if (found?.run !== "completed") return [`its run did not complete: ${told}`];
      if (!isPoison(wanted)) return found.status === "completed" ? [] : [`taken along by the poison: ${told}`];
      const { length } = stack.effects.of("task", order.nonce, wanted.ref);
      if (length > ATTEMPTS) return [`executed ${length} times: ${told}`];
      return found.status === "failed" && found.dead === "poison" ? [] : [`not a dead letter by poison: ${told}`];
    }),
  );
}
