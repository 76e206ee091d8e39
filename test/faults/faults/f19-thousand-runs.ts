import type { Fault } from "#/test/faults/fault.ts";
import { type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";

/** As many runs at once as it is repeated, each with three tasks and two viewers. */
export const thousandRuns: Fault = {
  id: "F19",
  title: "1,000 runs of three tasks at once",
  repeats: 1_000,
  leastTasks: (repeats) => repeats * 3,
  async run(stack, repeats) {
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const startedAt = performance.now();
    const load = stack.load({ atOnce: repeats, total: repeats, order: threeTasks });
    await load.finish();
    const seconds = (performance.now() - startedAt) / 1_000;
    const refused = stack.ledger.filter(({ refused }) => refused.length > 0);
    return {
      injected: `${repeats} runs at once`,
      measured: [
        {
          what: "from its start to its end",
          milliseconds: stack.ledger.flatMap(({ acceptedAt, endedAt }) =>
            acceptedAt && endedAt ? [endedAt - acceptedAt] : [],
          ),
        },
      ],
      problems: refused.map(({ order, refused }) => `${order.nonce} was refused: ${refused.join()}`),
      notes: [`${Math.round((repeats * 3) / seconds)} tasks a second, viewers and checks on the same machine`],
    };
  },
};

function threeTasks(random: Random): Shape {
  const tasks = (["knowledge", "planner", "browser"] as const).map((agent, index) =>
    task(`t${index + 1}`, { agent, ms: random.between(0, 200) }),
  );
  return { tasks, words: 10, delta: 40, pauseMs: 0 };
}
