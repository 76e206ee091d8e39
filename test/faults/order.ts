import { z } from "zod";
import { Priority } from "#/lib/protocol/action.ts";
import { AgentType } from "#/lib/protocol/agent.ts";

/**
 * What a run of the load does. It travels as JSON in the user's message; the scripted model reads it out of its prompt and
 * writes the blocks, the scripted agents read their part out of their task's INPUT.
 */
export const TaskOrder = z.object({
  ref: z.string(),
  agent: AgentType,
  /**
   * echo: waits `ms`, then brings its result. chatter: the same, saying every 50 ms what it does. hang: waits for its abort
   * signal. stubborn: ignores its abort signal for `ms`, then brings its result. fail: a retryable error on the first `times`
   * executions, then as echo. final: an error that no retry helps. crash, burn, eat: ends its process by SIGKILL, blocks its
   * event loop for ever, or takes all memory that it is given, on the first `times` executions (0: on every one), then as echo.
   */
  does: z.enum(["echo", "chatter", "hang", "stubborn", "fail", "final", "crash", "burn", "eat"]),
  ms: z.number().int(),
  times: z.number().int().default(0),
  /** UTF-16 units of padding in the result. */
  bytes: z.number().int().default(0),
  after: z.array(z.string()).default([]),
  priority: Priority.default("normal"),
  timeoutMs: z.number().int().optional(),
});
export type TaskOrder = z.infer<typeof TaskOrder>;

export const Order = z.object({
  /** Unique; stands in every text that comes of this run. */
  nonce: z.string(),
  /** None: the main agent answers at once. */
  tasks: z.array(TaskOrder),
  /** Words of the answer. */
  words: z.number().int(),
  /** UTF-16 units of each delta of the model's output, and the pause before it. */
  delta: z.number().int(),
  pauseMs: z.number().int(),
  /** What the model says in one turn whatever its prompt asks, and how that ends; `error`: it fails behind the last word. */
  says: z.object({ turn: z.number().int(), text: z.string(), finish: z.enum(["stop", "length", "error"]) }).optional(),
  /** It never comes to an end: so many more delegations in each output, and no result that is good enough. */
  loop: z.number().int().optional(),
});
export type Order = z.infer<typeof Order>;

/** How the TASK of every errand begins; an agent that is asked for anything else has nothing to do. */
export const ERRAND = "Do errand";

/** A task's INPUT. */
export const Errand = TaskOrder.extend({ nonce: z.string() });
export type Errand = z.infer<typeof Errand>;

export function messageOf(order: Order): string {
  return `ORDER ${JSON.stringify(order)}`;
}

export function readOrder(message: string): Order {
  return Order.parse(JSON.parse(message.replace(/^ORDER /, "")));
}

/** The answer that the run must come to, to the letter, however often it was cut off. */
export function answerTo({ nonce, words }: Order): string {
  return [`Answer ${nonce}`, ...Array.from({ length: words }, (_, index) => `word${index + 1}`), "the end."].join(" ");
}

/** Who brought a result, and in which execution. */
export type Bringer = {
  readonly nonce: string;
  readonly ref: string;
  readonly worker: string;
  readonly execution: string;
};

export function resultText({ nonce, ref, worker, execution }: Bringer): string {
  return `Done ${nonce}/${ref} by ${worker} in ${execution}`;
}

export function readResultText(text: string): Bringer | null {
  const [, nonce, ref, worker, execution] = /^Done (\S+)\/(\S+) by (\S+) in (\S+)/.exec(text) ?? [];
  if (nonce === undefined || ref === undefined || worker === undefined || execution === undefined) return null;
  return { nonce, ref, worker, execution };
}
