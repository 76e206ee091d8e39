import { setTimeout as pause } from "node:timers/promises";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { answerOf, foldRun } from "#/lib/run/fold-run.ts";
import { readEvents } from "#/lib/store/events.ts";
import type { Fault } from "#/test/faults/fault.ts";
import type { Asked } from "#/test/faults/load.ts";
import { type ModelCall, type ModelServer, startModelServer } from "#/test/faults/model-server.ts";
import { answerTo } from "#/test/faults/order.ts";
import { longAnswer, type Shape, task } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import type { ScriptedReply } from "#/test/support/openai-server.ts";
import { until } from "#/test/support/until.ts";

type Kind = {
  readonly what: string;
  /** The first answer that the run gets. */
  reply(call: ModelCall): ScriptedReply;
  /** What the log must say of it. */
  readonly shows: RegExp;
  /** What the run must end with, when not with its answer. */
  readonly fails?: RegExp;
  /** Between the first call and the second. */
  readonly leastPauseMs?: number;
};

const MEGABYTE = 1_048_576;
const error = (message: string) => ({ error: { message } });
const stream = { "content-type": "text/event-stream" };

const kinds: readonly Kind[] = [
  {
    what: "429 with Retry-After",
    shows: /answered 429/,
    reply: () => ({ status: 429, headers: { "retry-after": "1" }, body: error("slow down") }),
    leastPauseMs: 1_000,
  },
  { what: "500", shows: /answered 500/, reply: () => ({ status: 500, body: error("broken") }) },
  { what: "529", shows: /answered 529/, reply: () => ({ status: 529, body: error("overloaded") }) },
  {
    what: "401",
    shows: /answered 401/,
    reply: () => ({ status: 401, body: error("bad key") }),
    fails: /OPENAI_API_KEY/,
  },
  {
    what: "nothing before the first byte",
    shows: /sent nothing for 1 s/,
    reply: (call) => ({ text: call.text, waitMs: 2_500 }),
    leastPauseMs: 1_000,
  },
  {
    what: "a stall",
    shows: /stopped in the middle/,
    reply: ({ text }) => ({ text, chunk: 20, stallAfter: 3 }),
    leastPauseMs: 1_000,
  },
  {
    what: "a cut inside of a block",
    shows: /truncated/,
    reply: ({ text }) => ({ text, chunk: 10, cutAfter: Math.ceil(text.lastIndexOf("TASK:") / 10) }),
  },
  {
    what: "a page of HTML",
    shows: /a web page/,
    reply: () => ({ status: 200, body: "<html><h1>Hello</h1></html>" }),
    fails: /OPENAI_BASE_URL/,
  },
  {
    what: "chunks that come twice",
    shows: /duplicate-id/,
    reply: ({ text }) => ({ text: text.replaceAll(/ACTION: DELEGATE[\s\S]*?---END---\n/g, "$&$&") }),
  },
  {
    what: "a line of 10 MB",
    shows: /x{1000}/,
    reply: ({ text }) => ({ text: `${text}\n${"x".repeat(10 * MEGABYTE)}` }),
  },
  {
    what: "a line without end",
    shows: /a line of more than 16 MB/,
    reply: () => ({ status: 200, headers: stream, body: `data: ${"x".repeat(20 * MEGABYTE)}` }),
  },
];
const TRIES = 3;
const BREAKER_MS = 2_000;
const patience = {
  DEPUTY_MODEL_FIRST_TOKEN_SECONDS: "1",
  DEPUTY_MODEL_STALL_SECONDS: "1",
  DEPUTY_MAX_ATTEMPTS: String(TRIES),
};

/** A model's server that answers in every wrong way; then one that is ill for a while, beside a healthy one. */
export const modelFaults: Fault = {
  id: "F24",
  title: `model faults by HTTP: ${kinds.map(({ what }) => what).join(", ")}; breaker and fallback`,
  repeats: 5,
  leastTasks: (repeats) => repeats * kinds.length,
  async run(stack, repeats) {
    const server = await startModelServer();
    stack.allow.otherEnds = true;
    try {
      return {
        injected: `${repeats} times each kind, a pause of an hour asked for, ${repeats} openings of a breaker`,
        measured: [],
        problems: [
          ...(await wrongAnswers(stack, server, repeats)),
          ...(await longPause(stack, server)),
          ...(await breaker(stack, server, repeats)),
        ],
      };
    } finally {
      await server.close();
    }
  },
};

const orders = (): Shape => ({ ...longAnswer(200), tasks: [task("t1"), task("t2")], delta: 20 });
const kindOf = (nonce: string) => kinds[Number(/^n(\d+)-/.exec(nonce)?.[1]) % kinds.length];

async function wrongAnswers(stack: Stack, server: ModelServer, repeats: number): Promise<string[]> {
  const settings = { ...server.settings, ...patience, DEPUTY_BREAKER_FAILURES: "1000" };
  const worker = await stack.startWorker({ settings, replaced: false });
  server.trouble((call) => (call.number === 1 ? (kindOf(call.order.nonce)?.reply(call) ?? null) : null));
  await stack.load({ atOnce: 4, total: kinds.length * repeats, order: orders }).finish();
  const problems: string[] = [];
  for (const asked of stack.ledger) problems.push(...(await judge(stack, server, asked)));
  worker.signal("SIGTERM");
  await worker.exited;
  return problems;
}

async function judge(stack: Stack, { calls }: ModelServer, { order, runId }: Asked): Promise<string[]> {
  const kind = kindOf(order.nonce);
  const log = await readEvents(stack.client.context.store.db, runId ?? "");
  const run = foldRun(log);
  const end = log.at(-1);
  const own = calls.filter((call) => call.order.nonce === order.nonce);
  const refs = [...run.tasks.values()].map(({ spec, status }) => `${spec.ref} ${status}`).join();
  const pausedMs = (own[1]?.at ?? 0) - (own[0]?.at ?? 0);
  const found =
    kind?.fails !== undefined
      ? [
          ...(end?.type === "run.failed" && kind.fails.test(end.data.error.message)
            ? []
            : [`ended with ${JSON.stringify(end?.data)}`]),
          ...(own.length === 1 ? [] : [`the model was asked ${own.length} times`]),
        ]
      : [
          ...(end?.type === "run.completed" ? [] : [`ended with ${JSON.stringify(end?.data).slice(0, 500)}`]),
          ...(answerOf(run).trim() === answerTo(order) ? [] : [`its answer is "${answerOf(run).slice(0, 500)}"`]),
          ...(refs === "t1 completed,t2 completed" ? [] : [`its tasks are ${refs}`]),
          ...(own.length <= 3 + TRIES ? [] : [`the model was asked ${own.length} times`]),
          ...(pausedMs >= (kind?.leastPauseMs ?? 0) ? [] : [`it was asked again after ${pausedMs} ms`]),
        ];
  if (!kind?.shows.test(JSON.stringify(log))) found.push(`nothing in its log says ${kind?.shows}`);
  return found.map((problem) => `${kind?.what}, run ${runId}: ${problem}`);
}

/** A server that asks for an hour gets a minute. */
async function longPause(stack: Stack, server: ModelServer): Promise<string[]> {
  const worker = await stack.startWorker({ settings: { ...server.settings, ...patience }, replaced: false });
  server.trouble(() => ({ status: 429, headers: { "retry-after": "3600" }, body: error("come back in an hour") }));
  const load = stack.load({ atOnce: 1, total: 1, order: orders });
  const retried = await until(
    async () => {
      const runId = stack.ledger.at(-1)?.runId;
      const log = runId ? await readEvents(stack.client.context.store.db, runId) : [];
      return log.find((event) => event.type === "task.retried");
    },
    { what: "the pause" },
  );
  await cancelRun(stack.client.context, retried.runId, { by: "user", reason: "Nobody waits for a minute." });
  await load.finish();
  worker.signal("SIGTERM");
  await worker.exited;
  return retried.data.delayMs === 60_000 ? [] : [`the pause is ${retried.data.delayMs} ms`];
}

/** Ill for longer than the breaker opens; the stand-in answers, one probe at a time asks, and the own model comes back. */
async function breaker(stack: Stack, server: ModelServer, repeats: number): Promise<string[]> {
  const seconds = String(BREAKER_MS / 1_000);
  const settings = {
    ...server.settings,
    DEPUTY_MODEL_FALLBACK: "spare",
    DEPUTY_BREAKER_FAILURES: "5",
    DEPUTY_BREAKER_SECONDS: seconds,
  };
  const worker = await stack.startWorker({ settings, replaced: false });
  const first = stack.ledger.length;
  const problems: string[] = [];
  server.trouble(() => null);
  const load = stack.load({ atOnce: 8, order: orders });
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const illAt = Date.now();
    server.trouble(({ model }) => (model === "own" ? { status: 500, waitMs: 300, body: error("ill") } : null));
    await pause(BREAKER_MS * 3.5);
    const ill = server.calls.filter(({ at, model }) => model === "own" && at >= illAt);
    // As many as were under way at once, and then one for each time that it was half open.
    if (ill.length > 5 + 8 + 4) problems.push(`an ill model was asked ${ill.length} times`);
    const probes = ill.filter(({ at }) => at > illAt + BREAKER_MS);
    const together = probes.filter(({ at }, index) => index > 0 && at - (probes[index - 1]?.at ?? 0) < BREAKER_MS);
    if (together.length > 0)
      problems.push(`${together.length} of ${probes.length} probes came before the one before them was over`);
    if (probes.length === 0) problems.push("no probe was made");
    const curedAt = Date.now();
    server.trouble(() => null);
    await until(() => server.calls.filter(({ at, model }) => model === "own" && at > curedAt).length > 3, {
      what: "the own model to be asked again",
    });
  }
  await load.finish();
  const logs: RunEvent[][] = [];
  for (const { runId } of stack.ledger.slice(first))
    logs.push(await readEvents(stack.client.context.store.db, runId ?? ""));
  const switched = logs.filter((log) =>
    log.some((event) => event.type === "model.switched" && event.data.to === "spare"),
  );
  const failed = logs.filter((log) => log.at(-1)?.type !== "run.completed");
  worker.signal("SIGTERM");
  await worker.exited;
  return [
    ...problems,
    ...(switched.length > 0 ? [] : ["no run shows that another model was asked"]),
    ...failed.map((log) => `run ${log[0]?.runId} ended with ${JSON.stringify(log.at(-1)?.data)}`),
  ];
}
