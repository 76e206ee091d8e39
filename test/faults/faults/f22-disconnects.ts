import type { Fault } from "#/test/faults/fault.ts";
import { connectTo, followByHttp } from "#/test/faults/http-viewer.ts";
import type { Asked } from "#/test/faults/load.ts";
import { type Shape, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import type { WebProcess } from "#/test/faults/web-process.ts";
import { until } from "#/test/support/until.ts";

const CUTS = 20;

/** Two tabs on each run, each of which loses its connection twenty times, and clients that make up their cursors. */
export const disconnects: Fault = {
  id: "F22",
  title: `${CUTS} disconnects during one answer, two tabs, wrong Last-Event-ID`,
  repeats: 30,
  subsetRepeats: 1,
  leastTasks: (repeats) => repeats,
  async run(stack, times) {
    // A cursor of another run needs another run.
    const repeats = Math.max(2, times);
    const [web] = await Promise.all([stack.startWeb(), stack.startWorker()]);
    const load = stack.load({ atOnce: 4, total: repeats, order: talkative });
    const tabs = openTabs(stack, web, repeats);
    const problems = await wrongCursors(stack, web);
    await load.finish();
    const followed = await tabs;
    await Promise.all(followed.map(({ ended }) => ended));
    const few = followed.filter(({ resumed }) => resumed < CUTS);
    return {
      injected: `${followed.reduce((sum, { resumed }) => sum + resumed, 0)} connections cut, ${wrong.length + 1} wrong cursors`,
      measured: [],
      problems: [...problems, ...few.map(({ resumed }) => `a tab was cut only ${resumed} times`)],
    };
  },
};

function talkative(random: Random): Shape {
  const tasks = [task("t1", { does: "chatter", ms: random.between(500, 1_000) })];
  return { tasks, words: 400, delta: 10, pauseMs: 4 };
}

/** The checks compare what each tab saw with what is stored, byte for byte. */
async function openTabs(stack: Stack, web: WebProcess, count: number) {
  const known = new Set<Asked>();
  const tabs = [];
  while (known.size < count) {
    const asked = await until(() => stack.ledger.find((one) => !known.has(one) && one.followed.length > 0), {
      what: "another run to look at",
      timeoutMs: 60_000,
    });
    known.add(asked);
    const { signal } = new AbortController();
    const more = [1, 2].map((tab) => {
      const random = stack.random.fork(`${asked.order.nonce} tab ${tab}`);
      const cuts = { random, times: CUTS, mostBytes: 700 };
      return followByHttp(() => web.baseUrl, asked.runId ?? "", { signal, cuts });
    });
    asked.followed = [...asked.followed, ...more];
    tabs.push(...more);
  }
  return tabs;
}

const wrong = ["-1", "2147483647", "2147483648", "99999999999999999999", "abc", "1e3", "0x10", "1.5", "NaN", "1; drop"];

/** Each is refused with 400, and no run minds; the cursor of another, longer run is one of them. */
async function wrongCursors(stack: Stack, web: WebProcess): Promise<string[]> {
  const problems: string[] = [];
  const [first, second] = await until(
    () => {
      const open = stack.ledger.filter((one) => one.runId !== undefined && one.endedAt === undefined);
      return open.length > 1 && open;
    },
    { what: "two runs under way" },
  );
  const runId = first?.runId ?? "";
  for (const cursor of [...wrong, String(10_000 + (second?.followed[0]?.hashes.length ?? 0))]) {
    const connection = connectTo(web.baseUrl, runId, cursor, () => undefined);
    const status = await connection.status;
    connection.leave();
    if (status !== 400) problems.push(`Last-Event-ID ${cursor} was answered with ${status}`);
  }
  return problems;
}
