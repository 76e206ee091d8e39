import { isEnd, type RunEvent } from "#/lib/protocol/event.ts";
import { answerOf, foldRun } from "#/lib/run/fold-run.ts";
import type { Effects } from "#/test/faults/effects.ts";
import { answerTo, type Order, readResultText } from "#/test/faults/order.ts";
import type { Allowances } from "#/test/faults/stack.ts";

/** What the log of one run shows against the order that was given, and against what agents and model really did. Pure. */
export function judgeRun(
  log: readonly RunEvent[],
  order: Order,
  effects: Pick<Effects, "of" | "countOf">,
  allow: Allowances,
): string[] {
  return [
    ...judgeNumbers(log, allow),
    ...(allow.otherEnds ? [] : judgeOutcome(log, order)),
    ...judgeWriters(log),
    ...judgeCalls(log, order, effects, allow),
  ];
}

function judgeNumbers(log: readonly RunEvent[], { newerEvents = false }: Allowances): string[] {
  const gap = log.findIndex(({ seq }, index) => (newerEvents ? seq <= (log[index - 1]?.seq ?? 0) : seq !== index + 1));
  const ends = log.filter(({ type }) => isEnd(type)).length;
  const last = log.at(-1);
  return [
    ...(gap === -1 ? [] : [`event ${gap + 1} has the number ${log[gap]?.seq}`]),
    ...(ends === 1 ? [] : [`it has ${ends} ends`]),
    ...(last && isEnd(last.type) ? [] : [`its last event is ${last?.type ?? "missing"}`]),
  ];
}

function judgeOutcome(log: readonly RunEvent[], order: Order): string[] {
  const run = foldRun(log);
  const last = log.at(-1);
  const answer = answerOf(run).trim();
  const refs = [...run.tasks.values()].map(({ spec }) => spec.ref).sort();
  const wanted = order.tasks.map(({ ref }) => ref).sort();
  const open = [...run.tasks.values()].filter(({ status }) => status !== "completed");
  return [
    ...(last?.type === "run.completed" ? [] : [`it ended with ${JSON.stringify(last?.data)}`]),
    ...(refs.join() === wanted.join() ? [] : [`its tasks are ${refs.join()} and should be ${wanted.join()}`]),
    ...open.map(({ spec, status, error }) => `task ${spec.ref} is ${status} (${error?.message ?? "no error"})`),
    ...(answer === answerTo(order) ? [] : [`its answer is "${answer}" and should be "${answerTo(order)}"`]),
  ];
}

/** Who wrote progress and results: whoever held the claim at that place of the log, and nobody else. */
function judgeWriters(log: readonly RunEvent[]): string[] {
  const holders = new Map<string, string>();
  const claims = new Map<string, number>();
  const completed = new Map<string, number>();
  const problems: string[] = [];
  const judge = (event: RunEvent, text: string) => {
    const writer = readResultText(text)?.worker;
    const holder = holders.get(event.taskId ?? "");
    if (writer !== undefined && writer !== holder)
      problems.push(
        `event ${event.seq} (${event.type}) was written by ${writer} while ${holder ?? "nobody"} held the task`,
      );
  };
  for (const event of log) {
    const id = event.taskId ?? "";
    if (event.type === "task.claimed") {
      if (event.data.claim <= (claims.get(id) ?? 0))
        problems.push(`event ${event.seq} claims ${event.data.claim} again`);
      claims.set(id, event.data.claim);
      holders.set(id, event.data.workerId);
    }
    if (event.type === "task.retried") holders.delete(id);
    if (event.type === "task.progressed") judge(event, event.data.text);
    if (event.type !== "task.completed") continue;
    judge(event, event.data.result.text);
    holders.delete(id);
    completed.set(id, (completed.get(id) ?? 0) + 1);
  }
  for (const [id, count] of completed) if (count > 1) problems.push(`task ${id} was completed ${count} times`);
  return problems;
}

/** Every call of the model belongs to a turn of its own, every execution of an agent to a claim of its own. */
function judgeCalls(
  log: readonly RunEvent[],
  order: Order,
  effects: Pick<Effects, "of" | "countOf">,
  allow: Allowances,
): string[] {
  const problems: string[] = [];
  const turns = log.filter(({ type }) => type === "turn.started").length;
  const interrupted = log.filter((event) => event.type === "turn.ended" && event.data.finish === "interrupted").length;
  const planned = order.tasks.length === 0 ? 1 : 2;
  // An interrupted turn costs itself, and at most one more that has nothing left to say.
  if (!allow.otherEnds && turns > planned + 2 * interrupted)
    problems.push(`it took ${turns} turns for ${planned} planned and ${interrupted} interrupted`);
  // A turn is announced while its model is already being asked: a worker that dies in between leaves a call without a turn.
  const lost = log.filter(({ type, agent }) => type === "task.retried" && agent === "main").length;
  const calls = effects.countOf("model", order.nonce);
  if (calls > turns + lost)
    problems.push(`the model was called ${calls} times for ${turns} turns, ${lost} of which were cut off`);
  const ids = new Map(log.flatMap((event) => (event.type === "task.created" ? [[event.data.ref, event.taskId]] : [])));
  for (const { ref } of order.tasks) {
    const executions = effects.of("task", order.nonce, ref);
    const claims = log.filter(({ type, taskId }) => type === "task.claimed" && taskId === ids.get(ref)).length;
    if (executions.length > claims && !allow.lostClaims)
      problems.push(`task ${ref} was executed ${executions.length} times on ${claims} claims`);
  }
  return problems;
}
