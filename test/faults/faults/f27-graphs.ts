import { randomUUID } from "node:crypto";
import { asDeputyError } from "#/lib/errors.ts";
import { type Delegation, type OpenRun, openOrchestrator } from "#/lib/orchestrator.ts";
import { readEvents } from "#/lib/store/events.ts";
import type { Fault } from "#/test/faults/fault.ts";
import { follow } from "#/test/faults/follower.ts";
import { ERRAND, type TaskOrder } from "#/test/faults/order.ts";
import { longAnswer, task } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";

const NODES = 500;
const BY_AGENT = 5;

/** Graphs of a program, sound and unsound, and runs of the main agent in which nothing succeeds. */
export const graphs: Fault = {
  id: "F27",
  title: `task graphs: cycle, self, missing, diamond, ${NODES} nodes, all fail`,
  repeats: 5,
  subsetRepeats: 1,
  settings: {
    DEPUTY_MAX_TASKS: String(NODES),
    DEPUTY_MAX_LIVE_TASKS: String(BY_AGENT),
    // By their estimates, long chains of tasks would not fit into the usual half hour.
    DEPUTY_RUN_MINUTES: "120",
  },
  leastTasks: (repeats) => repeats * NODES,
  async run(stack, repeats) {
    const problems: string[] = [];
    stack.allow.otherEnds = true;
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      problems.push(
        ...(await unsound(stack)),
        ...(await sound(stack, "diamond", diamond(stack.random))),
        ...(await sound(stack, "large", large(stack.random))),
        ...(await lost(stack)),
      );
    }
    const order = () => ({ ...longAnswer(0), tasks: ["a", "b", "c"].map((ref) => task(ref, { does: "final" })) });
    await stack.load({ atOnce: repeats, total: repeats, order }).finish();
    for (const { runId } of stack.ledger.slice(-repeats)) problems.push(...(await allFailed(stack, runId ?? "")));
    return { injected: `${repeats} times each kind of graph`, measured: [], problems };
  },
};

/** Opens a run of a program that is followed and checked like every other. */
async function open(stack: Stack, tasks: TaskOrder[]): Promise<{ run: OpenRun; nonce: string; end(): Promise<void> }> {
  const run = await openOrchestrator(stack.client.context).open({ title: "A graph" });
  const nonce = `p${stack.ledger.length}`;
  const { signal } = new AbortController();
  const followed = [
    follow(stack.client, run.id, { signal }),
    follow(stack.client, run.id, { signal, cut: stack.random.fork(nonce) }),
  ];
  const order = { ...longAnswer(0), nonce, tasks };
  const asked = { order, messageId: randomUUID(), runId: run.id, refused: [], followed, endedAt: Date.now() };
  stack.ledger.push(asked);
  return {
    run,
    nonce,
    async end() {
      await run.close();
      await Promise.all(followed.map(({ ended }) => ended));
      asked.endedAt = Date.now();
    },
  };
}

function delegationOf(nonce: string, { agent, ref, after, ...rest }: TaskOrder): Delegation {
  return {
    agent,
    ref,
    task: `${ERRAND} ${ref} of ${nonce}`,
    dependsOn: after,
    input: { nonce, ref, agent, after, ...rest },
  };
}

/** Refused whole, before anything is dispatched. */
async function unsound(stack: Stack): Promise<string[]> {
  const graphs = {
    "a cycle": [task("a", { after: ["c"] }), task("b", { after: ["a"] }), task("c", { after: ["b"] })],
    "an edge to itself": [task("a"), task("b", { after: ["b"] })],
    "an edge to nothing": [task("a"), task("b", { after: ["nobody"] })],
    "one name for two": [task("a"), task("a")],
    "one node too many": Array.from({ length: NODES + 1 }, (_, index) => task(`n${index}`)),
  };
  const problems: string[] = [];
  for (const [what, tasks] of Object.entries(graphs)) {
    const { run, nonce, end } = await open(stack, []);
    const delegations = tasks.map((one) => delegationOf(nonce, one));
    const code = await run.graph(delegations).then(
      () => "accepted",
      (thrown) => asDeputyError(thrown, "unexpected").code,
    );
    await end();
    const created = (await readEvents(stack.client.context.store.db, run.id)).filter(
      ({ type }) => type === "task.created",
    );
    if (!["bad-graph", "budget"].includes(code)) problems.push(`${what} was answered with ${code}`);
    if (created.length > 0) problems.push(`${what} has created ${created.length} tasks`);
  }
  return problems;
}

function diamond(random: Random): TaskOrder[] {
  const ms = () => random.between(0, 100);
  return [
    task("top", { ms: ms() }),
    task("left", { agent: "planner", ms: ms(), after: ["top"] }),
    task("right", { agent: "browser", ms: ms(), after: ["top"] }),
    task("bottom", { ms: ms(), after: ["left", "right"] }),
  ];
}

/** Each node after up to three of the forty before it. */
function large(random: Random): TaskOrder[] {
  return Array.from({ length: NODES }, (_, index) => {
    const edges = index === 0 ? 0 : random.between(0, 3);
    const after = Array.from({ length: edges }, () => `n${random.between(Math.max(0, index - 40), index - 1)}`);
    const agent = random.pick(["knowledge", "planner", "browser"] as const);
    return task(`n${index}`, { agent, ms: random.between(0, 10), after: [...new Set(after)] });
  });
}

/** All complete, each begun once everything before it had ended. */
async function sound(stack: Stack, what: string, tasks: TaskOrder[]): Promise<string[]> {
  const { run, nonce, end } = await open(stack, tasks);
  const handles = await run.graph(tasks.map((one) => delegationOf(nonce, one)));
  await end();
  const timesOf = (ref: string) => stack.effects.of("task", nonce, ref)[0];
  const early = tasks.filter(({ ref, after }) =>
    after.some((before) => (timesOf(before)?.endedAt ?? Number.POSITIVE_INFINITY) > (timesOf(ref)?.beganAt ?? 0)),
  );
  const open_ = handles.filter((handle) => handle.status() !== "completed");
  return [
    ...early.map(({ ref }) => `${what} graph ${run.id}: ${ref} began too early`),
    ...open_.map(({ ref, status }) => `${what} graph ${run.id}: ${ref} is ${status()}`),
  ];
}

/** What depends on a failure is cancelled, one after the other, and the run comes to its end. */
async function lost(stack: Stack): Promise<string[]> {
  const tasks = [task("a", { does: "final" }), task("b", { after: ["a"] }), task("c", { after: ["b"] })];
  const { run, nonce, end } = await open(stack, tasks);
  const handles = await run.graph(tasks.map((one) => delegationOf(nonce, one)));
  await end();
  const statuses = handles.map((handle) => handle.status()).join();
  return statuses === "failed,cancelled,cancelled" ? [] : [`behind a failure in ${run.id}: ${statuses}`];
}

async function allFailed(stack: Stack, runId: string): Promise<string[]> {
  const log = await readEvents(stack.client.context.store.db, runId);
  const failed = log.filter(({ type }) => type === "task.failed").length;
  const end = log.at(-1)?.type;
  return failed === 3 && end === "run.completed" ? [] : [`run ${runId} ended with ${end} and ${failed} failed tasks`];
}
