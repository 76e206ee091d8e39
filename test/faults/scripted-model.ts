import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { writeAction } from "#/lib/actions/write-action.ts";
import { DeputyError } from "#/lib/errors.ts";
import { insideBoundary } from "#/lib/model/boundary.ts";
import type { ModelPart, ModelRequest, Models } from "#/lib/model/models.ts";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import { writeEffect } from "#/test/faults/effects.ts";
import { answerTo, ERRAND, type Order, readOrder, type TaskOrder } from "#/test/faults/order.ts";
import { task } from "#/test/faults/orders.ts";

/**
 * The main agent's model: it does what the order in the user's message says, and after an interruption goes on with what is
 * missing, as its prompt asks. Deterministic: the same prompt gets the same reply.
 */
export function scriptedModels({ effectsFile, worker }: { effectsFile: string; worker: string }): Models {
  const name = "scripted";
  async function* stream({ messages, tier, signal }: ModelRequest): AsyncGenerator<ModelPart> {
    const { order, turn, text, finish } = scriptedReply(messages);
    const call = { worker, kind: "model", nonce: order.nonce, of: String(turn), execution: randomUUID() } as const;
    writeEffect(effectsFile, { ...call, what: "begin" });
    for (let at = 0; at < text.length; at += order.delta) {
      if (order.pauseMs > 0) await pause(order.pauseMs);
      if (signal.aborted) writeEffect(effectsFile, { ...call, what: "aborted" });
      signal.throwIfAborted();
      yield { type: "text", text: text.slice(at, at + order.delta) };
    }
    writeEffect(effectsFile, { ...call, what: "end" });
    if (finish === "error")
      throw new DeputyError("model-unavailable", "It was told to fail here.", { retryable: true });
    const usage = { model: name, tier, inputTokens: 1, outputTokens: 1, costUsd: 0.01, milliseconds: 1 };
    yield { type: "finish", finish, usage };
  }
  return {
    offline: false,
    nameOf: () => name,
    stream,
    generate: () => Promise.reject(new Error("the scripted agents call no model")),
  };
}

export type ScriptedTurn = {
  readonly order: Order;
  readonly turn: number;
  readonly text: string;
  readonly finish: "stop" | "length" | "error";
};

/** What the model answers to this prompt of the main agent. */
export function scriptedReply(messages: ModelRequest["messages"]): ScriptedTurn {
  const prompt = messages.map(({ content }) => content).join("\n");
  const order = readOrder(boundary(prompt, "request"));
  const turn = Number(/^TURN: (\d+)$/m.exec(prompt)?.[1]);
  if (order.says?.turn === turn) return { order, ...order.says };
  const text = order.loop === undefined ? replyTo(order, prompt, messages) : moreWork(order, order.loop, prompt, turn);
  return { order, turn, text, finish: "stop" };
}

function replyTo(order: Order, prompt: string, messages: ModelRequest["messages"]): string {
  const phase = phaseOf(prompt);
  if (order.tasks.length === 0 || phase === "LEARNING") return restOf(answerTo(order), writtenSoFar(messages));
  const known = knownRefs(prompt);
  if (phase === "VERIFYING")
    return [writeAction({ kind: "verify", verdict: "pass" }), verdictOn(order, known)].join("\n");
  const blocks = order.tasks.filter(({ ref }) => !known.has(ref)).map((task) => writeAction(delegation(order, task)));
  return [...(phase === "PLANNING" ? [plan] : []), ...blocks, "That is all there is to hand out."].join("\n");
}

const plan = writeAction({ kind: "plan", steps: ["Hand out the work", "Look at the results"] });

/** Results stand in the order in which they were asked for, whichever came first. */
function verdictOn(order: Order, known: ReadonlySet<string>): string {
  const asked = order.tasks.map(({ ref }) => ref).filter((ref) => known.has(ref));
  const shown = [...known].filter((ref) => asked.includes(ref));
  return asked.join() === shown.join() ? answerTo(order) : `The results stand in the order ${shown.join()}.`;
}

function moreWork(order: Order, count: number, prompt: string, turn: number): string {
  const refs = Array.from({ length: count }, (_, index) => `l${turn}-${index + 1}`);
  const blocks = refs.map((ref) => writeAction(delegation(order, task(ref))));
  const phase = phaseOf(prompt);
  const fail = writeAction({ kind: "verify", verdict: "fail" });
  return [...(phase === "PLANNING" ? [plan] : phase === "VERIFYING" ? [fail] : []), ...blocks].join("\n");
}

function delegation({ nonce }: Order, { agent, ref, after, priority, timeoutMs, ...rest }: TaskOrder): DelegateAction {
  return {
    kind: "delegate",
    agentType: agent,
    id: ref,
    task: `${ERRAND} ${ref} of ${nonce}`,
    dependsOn: after,
    mode: "parallel",
    priority,
    strict: true,
    ...(timeoutMs !== undefined && { timeoutMs }),
    input: { nonce, ref, agent, after, priority, ...rest },
  };
}

/** What of the answer is not yet written: `written` ends with a beginning of it, or with nothing of it. */
function restOf(answer: string, written: string): string {
  for (let length = answer.length; length > 0; length -= 1) {
    if (written.endsWith(answer.slice(0, length))) return answer.slice(length);
  }
  return answer;
}

function writtenSoFar(messages: ModelRequest["messages"]): string {
  return messages
    .filter(({ role }) => role === "assistant")
    .map(({ content }) => content)
    .join("");
}

function knownRefs(prompt: string): Set<string> {
  const lines = boundary(prompt, "results").split("\n").filter(Boolean);
  return new Set(lines.map((line) => String(JSON.parse(line).id)));
}

function boundary(prompt: string, name: string): string {
  return insideBoundary(prompt, name, /^NONCE: (\S+)$/m.exec(prompt)?.[1] ?? "") ?? "";
}

function phaseOf(prompt: string): string | undefined {
  return /^PHASE: ([A-Z]+)$/m.exec(prompt)?.[1];
}
