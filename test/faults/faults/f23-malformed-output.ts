import { parseText } from "#/lib/actions/parse-text.ts";
import { writeAction } from "#/lib/actions/write-action.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
import type { ParseReport } from "#/lib/protocol/action.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { readEvents } from "#/lib/store/events.ts";
import { type Case, corpus, parsePieces } from "#/test/actions/corpus.ts";
import type { Fault } from "#/test/faults/fault.ts";
import type { Asked } from "#/test/faults/load.ts";
import type { Order } from "#/test/faults/order.ts";
import { longAnswer, type Shape, task } from "#/test/faults/orders.ts";
import type { Stack } from "#/test/faults/stack.ts";

/** Those of the parser's corpus that a model can say in a run: not a person's messages, nor into an empty run with tasks. */
const cases = corpus.filter(({ options }) => !options.user && options.taken.length === 0);
const deltas = [1, 3, 7, 10_000];
const PRIOR = "prior";

/** The parser's corpus out of the model's mouth, in deltas of several sizes, through the whole of a run. */
export const malformedOutput: Fault = {
  id: "F23",
  title: `malformed model output: ${cases.length} texts, split in deltas of ${deltas.join(", ")} units`,
  repeats: deltas.length,
  leastTasks: (repeats) => repeats * 20,
  async run(stack, repeats) {
    stack.allow.otherEnds = true;
    await stack.startWorker();
    const total = cases.length * repeats;
    await stack.load({ atOnce: 16, total, order: (_, number) => orderOf(number) }).finish();
    const problems: string[] = cases.flatMap(splitAnywhere);
    for (const asked of stack.ledger) problems.push(...(await judge(stack, asked)));
    return { injected: `${total} runs; each text cut in two at every place, besides`, measured: [], problems };
  },
};

function orderOf(number: number): Shape {
  const said = caseOf(number);
  const delta = deltas[Math.floor(number / cases.length)] ?? 1;
  const { text, options } = said;
  return {
    ...longAnswer(0),
    tasks: [task(PRIOR, { ms: 0 })],
    delta,
    pauseMs: 0,
    says: { ...place(options.phase, text), finish: options.finish },
  };
}

function caseOf(number: number): Case {
  const said = cases[number % cases.length];
  if (said === undefined) throw new Error("the corpus is empty");
  return said;
}

/** The turn in which the run comes to the phase, and the block before the text that leads there. */
function place(phase: Phase, text: string): { turn: number; text: string } {
  if (phase === "PLANNING") return { turn: 1, text };
  if (phase === "EXECUTING") return { turn: 1, text: `${writeAction({ kind: "plan", steps: ["a"] })}\n${text}` };
  if (phase === "VERIFYING") return { turn: 2, text };
  return { turn: 2, text: `${writeAction({ kind: "verify", verdict: "pass" })}\n${text}` };
}

/** The parser alone: the same report wherever the text is cut. */
function splitAnywhere(said: Case): string[] {
  const { text } = said;
  const whole = JSON.stringify(parsePieces(said, [text]));
  const differs = Array.from(text, (_, at) => at).find(
    (at) => JSON.stringify(parsePieces(said, [text.slice(0, at), text.slice(at)])) !== whole,
  );
  return differs === undefined ? [] : [`${said.name}: cut at ${differs} it is read otherwise`];
}

/** What became of each block in the run is what the parser says of the whole text. */
async function judge(stack: Stack, { order, runId }: Asked): Promise<string[]> {
  const { says } = order;
  if (runId === undefined || says === undefined) return [];
  const log = await readEvents(stack.client.context.store.db, runId);
  const expected = verdictsOf(expectedOf(order, says));
  const found = verdictsIn(log, says.turn);
  const end = log.at(-1);
  const asked = log.flatMap((event) => (event.type === "task.created" && !event.data.part ? [event.data.ref] : []));
  const refs = new Set(asked);
  const accepted = log.filter(
    ({ type, data }) => type === "action.accepted" && data.author !== "agent" && data.action.kind === "delegate",
  );
  const name = `${caseOf(stack.ledger.findIndex((asked) => asked.runId === runId)).name}, delta ${order.delta}, run ${runId}`;
  return [
    ...(isSame(expected, found) ? [] : [`${name}: the run says\n${found}\nand the parser\n${expected}`]),
    ...(refs.size === accepted.length ? [] : [`${name}: ${refs.size} tasks of ${accepted.length} accepted blocks`]),
    ...(end?.type === "run.completed" || end?.type === "run.failed" ? [] : [`${name}: it ended with ${end?.type}`]),
    ...(end?.type === "run.failed" && !/refusals|silent/.test(end.data.error.code)
      ? [`${name}: it failed with ${end.data.error.code}: ${end.data.error.message}`]
      : []),
  ];
}

/** Whether what a REPLAN would change has started is for the run to say. */
function isSame(expected: string, found: string): boolean {
  const started = (text: string) => text.replaceAll("refused task-started", "accepted replan");
  return started(expected) === started(found);
}

function expectedOf(order: Order, { turn, text, finish }: NonNullable<Order["says"]>): ParseReport {
  const gate = phaseGate(turn === 1 ? "PLANNING" : "VERIFYING");
  return parseText(text, { gate, finish, taken: turn === 1 ? [] : order.tasks.map(({ ref }) => ref) });
}

function verdictsOf({ blocks, nearMisses }: ParseReport): string {
  return [
    ...blocks.map((block) => {
      const what =
        block.verdict === "accepted" ? block.action.kind : block.verdict === "refused" ? block.code : block.reason;
      return `${block.span.join("-")} ${block.verdict} ${what}`;
    }),
    ...nearMisses.map(({ span }) => `${span.join("-")} missed`),
  ]
    .sort()
    .join("\n");
}

function verdictsIn(log: readonly RunEvent[], turn: number): string {
  return log
    .flatMap((event) => {
      switch (event.type) {
        case "action.accepted":
          return event.data.turn === turn ? [`${event.data.span.join("-")} accepted ${event.data.action.kind}`] : [];
        case "action.refused":
          return event.data.turn === turn ? [`${event.data.span.join("-")} refused ${event.data.code}`] : [];
        case "action.ignored":
          return event.data.turn === turn ? [`${event.data.span.join("-")} ignored ${event.data.reason}`] : [];
        case "action.missed":
          return event.data.turn === turn ? [`${event.data.span.join("-")} missed`] : [];
        default:
          return [];
      }
    })
    .sort()
    .join("\n");
}
