import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "#/test/faults/fault.ts";
import { followByHttp } from "#/test/faults/http-viewer.ts";
import type { Asked } from "#/test/faults/load.ts";
import { messageOf } from "#/test/faults/order.ts";
import { mixedOrder, type Shape } from "#/test/faults/orders.ts";
import type { Random } from "#/test/faults/random.ts";
import type { Stack } from "#/test/faults/stack.ts";
import type { WebProcess } from "#/test/faults/web-process.ts";
import { until } from "#/test/support/until.ts";

const AT_ONCE = 8;
const TRY_AGAIN_MS = 100;

/** One of two web processes dies while people read and while messages are sent; they turn to the other one. */
export const webKill: Fault = {
  id: "F5",
  title: "web process killed (-9) while it streams",
  repeats: 6,
  leastTasks: (repeats) => repeats * 5,
  async run(stack, repeats) {
    const back: number[] = [];
    let sentTwice = 0;
    const webs = await Promise.all([stack.startWeb(), stack.startWeb()]);
    await Promise.all([stack.startWorker(), stack.startWorker()]);
    const gone = new AbortController();
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const [victim] = webs;
      if (victim === undefined) throw new Error("there is no web process");
      const random = stack.random.fork(`people ${repeat}`);
      const people = Array.from({ length: AT_ONCE }, (_, number) =>
        sit(stack, webs, random.fork(`${number}`), gone.signal),
      );
      await pause(stack.random.between(1_000, 4_000));
      const killedAt = victim.signal("SIGKILL");
      await victim.exited;
      webs.splice(0, 1);
      for (const { seenAt, tries } of await Promise.all(people)) {
        back.push(...seenAt.flatMap((times) => waitedAt(killedAt, times)));
        sentTwice += tries > 1 ? 1 : 0;
      }
      webs.push(await stack.startWeb());
    }
    gone.abort();
    return {
      injected: `${repeats} kills of one of two web processes, ${sentTwice} messages sent again`,
      measured: [{ what: "next event through the other one", milliseconds: back, atMostMs: 5_000 }],
      problems: [],
    };
  },
};

type Visit = {
  /** For each viewer, Unix times at which it was given an event. */
  readonly seenAt: readonly (readonly number[])[];
  readonly tries: number;
};

/** What a viewer that was reading then had to wait for its next event. */
function waitedAt(killedAt: number, times: readonly number[]): number[] {
  const next = times.find((at) => at > killedAt);
  const wasReading = times.some((at) => at <= killedAt);
  return wasReading && next !== undefined ? [next - killedAt] : [];
}

/** Somebody sends a message and reads on until its run has ended; somebody else looks on. */
async function sit(stack: Stack, webs: readonly WebProcess[], random: Random, signal: AbortSignal): Promise<Visit> {
  await pause(random.between(0, 2_500));
  const nonce = `n${stack.ledger.length}-${random.between(0, 1e9).toString(36)}`;
  const asked: Asked = { order: { nonce, ...slowly(random) }, messageId: randomUUID(), refused: [], followed: [] };
  stack.ledger.push(asked);
  const tries = await send(asked, webs);
  const { runId = "" } = asked;
  const seenAt: number[][] = [[], []];
  // Both begin with the process that is going to die.
  const baseUrl = () => webs[0]?.baseUrl ?? "";
  const viewers = seenAt.map((times) => followByHttp(baseUrl, runId, { signal, seen: (_, at) => times.push(at) }));
  asked.followed = viewers;
  const ended = Promise.all(viewers.map((viewer) => viewer.ended)).then(() => true);
  await until(() => Promise.race([ended, pause(1_000, false)]), { what: `the end of ${runId}`, timeoutMs: 60_000 });
  asked.endedAt = Date.now();
  return { seenAt, tries };
}

/** Long enough to be cut in the middle. */
function slowly(random: Random): Shape {
  return { ...mixedOrder(random), words: random.between(60, 120), delta: 4, pauseMs: 15 };
}

/** Sends until it hears of a run, each time with the same id; what the answer streams is left to the viewers. */
async function send(asked: Asked, webs: readonly WebProcess[]): Promise<number> {
  const parts = [{ type: "text", text: messageOf(asked.order) }];
  const body = JSON.stringify({ id: randomUUID(), messages: [{ id: asked.messageId, role: "user", parts }] });
  const headers = { "content-type": "application/json" };
  for (let tries = 1; ; tries += 1) {
    try {
      const response = await fetch(`${webs[0]?.baseUrl}/api/chat`, { method: "POST", headers, body });
      asked.runId = response.headers.get("x-run-id") ?? undefined;
      await response.body?.cancel();
      if (asked.runId !== undefined) {
        asked.acceptedAt = Date.now();
        return tries;
      }
      asked.refused.push(String(response.status));
    } catch {
      asked.refused.push("no connection");
    }
    await pause(TRY_AGAIN_MS);
  }
}
