import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { follow } from "#/test/faults/follower.ts";
import type { Asked } from "#/test/faults/load.ts";
import { messageOf } from "#/test/faults/order.ts";
import { longAnswer, task } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";
import { look } from "#/test/faults/tables.ts";
import type { WebProcess } from "#/test/faults/web-process.ts";
import { until } from "#/test/support/until.ts";

const BURST_MS = 5_000;
const CLEAN = [429, 503];
/** Who has no answer then counts as turned away without a word. */
const ANSWER_WITHIN_MS = 120_000;

/** There are no quotas by user yet: all are accepted, or told when to come again, and who was accepted is answered. */
export const burst: Fault = {
  id: "F20",
  title: "a burst of 5,000 starts in 5 s",
  repeats: 5_000,
  leastTasks: (repeats) => repeats / 5,
  async run(stack, repeats) {
    const [web] = await Promise.all([stack.startWeb(), stack.startWorker(), stack.startWorker()]);
    const problems: string[] = [];
    const answered: number[] = [];
    const startedAt = performance.now();
    const starts = Array.from({ length: repeats }, async (_, number) => {
      await pause((number / repeats) * BURST_MS);
      await startOne(stack, web, number, { problems, answered });
    });
    await Promise.all(starts);
    const acceptedMs = performance.now() - startedAt;
    await until(async () => (await activeRuns(stack)) === 0, { what: "all to be answered", timeoutMs: 180_000 });
    const endedMs = performance.now() - startedAt;
    await Promise.all(stack.ledger.flatMap(({ followed }) => followed.map(({ ended }) => ended)));
    for (const asked of stack.ledger) asked.endedAt = Date.now();
    const refused = stack.ledger.reduce((sum, one) => sum + one.refused.length, 0);
    return {
      injected: `${repeats} starts in ${BURST_MS / 1_000} s, a fifth of them with a task`,
      measured: [{ what: "answer to a start", milliseconds: answered }],
      problems,
      notes: [
        `${refused} told to come again; all accepted after ${seconds(acceptedMs)}, all ended after ${seconds(endedMs)}`,
      ],
    };
  },
};

/** Every fiftieth is followed by two viewers; all others are looked at when everything is over. */
async function startOne(
  stack: Stack,
  web: WebProcess,
  number: number,
  { problems, answered }: { problems: string[]; answered: number[] },
): Promise<void> {
  const nonce = `burst${number}`;
  const order = {
    ...longAnswer(100),
    delta: 100,
    pauseMs: 0,
    nonce,
    tasks: number % 5 === 0 ? [task("t1", { ms: 5 })] : [],
  };
  const asked: Asked = { order, messageId: randomUUID(), refused: [], followed: [] };
  stack.ledger.push(asked);
  while (asked.runId === undefined) {
    const beganAt = performance.now();
    const answer = await post(web, asked).catch((thrown) => String(thrown));
    answered.push(performance.now() - beganAt);
    if (typeof answer === "string") {
      problems.push(`${nonce} got no answer: ${answer}`);
      await pause(1_000);
    } else if (answer.status === 200) asked.runId = answer.runId;
    else {
      asked.refused.push(String(answer.status));
      if (!CLEAN.includes(answer.status) || answer.retryAfter === null)
        problems.push(`${nonce} was answered with ${answer.status}, Retry-After ${answer.retryAfter}`);
      await pause(Math.max(1, Number(answer.retryAfter)) * 1_000);
    }
  }
  if (number % 50 !== 0) return;
  const { signal } = new AbortController();
  asked.followed = [
    follow(stack.client, asked.runId, { signal }),
    follow(stack.client, asked.runId, { signal, cut: stack.random.fork(nonce) }),
  ];
}

type Answer = { readonly status: number; readonly runId: string; readonly retryAfter: string | null };

/** Not by fetch, which gives up a connection after 10 s: a browser waits for minutes. */
function post({ baseUrl }: WebProcess, { order, messageId }: Asked): Promise<Answer> {
  const messages = [{ id: messageId, role: "user", parts: [{ type: "text", text: messageOf(order) }] }];
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const asking = request(`${baseUrl}/api/chat`, { method: "POST", agent: false, headers, signal });
  asking.on("error", reject).on("response", (response) => {
    const { "x-run-id": runId = "", "retry-after": retryAfter = null } = response.headers;
    resolve({ status: response.statusCode ?? 0, runId: String(runId), retryAfter });
    response.destroy();
  });
  asking.end(JSON.stringify({ id: `conversation ${messageId}`, messages }));
  return promise;
}

async function activeRuns(stack: Stack): Promise<number> {
  const [row] = await look(
    stack,
    (sql) => sql<{ count: number }[]>`select count(*)::int from runs where status = 'active'`,
  );
  return row?.count ?? 0;
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
