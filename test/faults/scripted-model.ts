import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { writeAction } from "#/lib/actions/write-action.ts";
import { insideBoundary } from "#/lib/model/boundary.ts";
import type { ModelPart, ModelRequest, Models } from "#/lib/model/models.ts";
import type { DelegateAction } from "#/lib/protocol/action.ts";
import { writeEffect } from "#/test/faults/effects.ts";
import { answerTo, type Order, readOrder, type TaskOrder } from "#/test/faults/order.ts";

/**
 * The main agent's model: it does what the order in the user's message says, and after an interruption goes on with what is
 * missing, as its prompt asks. Deterministic: the same prompt gets the same reply.
 */
export function scriptedModels({ effectsFile, worker }: { effectsFile: string; worker: string }): Models {
  const name = "scripted";
  async function* stream({ messages, tier, signal }: ModelRequest): AsyncGenerator<ModelPart> {
    const prompt = messages.map(({ content }) => content).join("\n");
    const order = readOrder(boundary(prompt, "request"));
    const call = { worker, kind: "model", nonce: order.nonce, of: turnOf(prompt), execution: randomUUID() } as const;
    writeEffect(effectsFile, { ...call, what: "begin" });
    const text = replyTo(order, prompt, writtenSoFar(messages));
    for (let at = 0; at < text.length; at += order.delta) {
      if (order.pauseMs > 0) await pause(order.pauseMs);
      if (signal.aborted) writeEffect(effectsFile, { ...call, what: "aborted" });
      signal.throwIfAborted();
      yield { type: "text", text: text.slice(at, at + order.delta) };
    }
    writeEffect(effectsFile, { ...call, what: "end" });
    const usage = { model: name, tier, inputTokens: 1, outputTokens: 1, costUsd: null, milliseconds: 1 };
    yield { type: "finish", finish: "stop", usage };
  }
  return {
    offline: false,
    nameOf: () => name,
    stream,
    generate: () => Promise.reject(new Error("the scripted agents call no model")),
  };
}

function replyTo(order: Order, prompt: string, written: string): string {
  const phase = /^PHASE: ([A-Z]+)$/m.exec(prompt)?.[1];
  if (order.tasks.length === 0 || phase === "LEARNING") return restOf(answerTo(order), written);
  if (phase === "VERIFYING") return `${writeAction({ kind: "verify", verdict: "pass" })}\n${answerTo(order)}`;
  const known = knownRefs(prompt);
  const blocks = order.tasks.filter(({ ref }) => !known.has(ref)).map((task) => writeAction(delegation(order, task)));
  const plan = writeAction({ kind: "plan", steps: ["Hand out the work", "Look at the results"] });
  return [...(phase === "PLANNING" ? [plan] : []), ...blocks, "That is all there is to hand out."].join("\n");
}

function delegation({ nonce }: Order, { agent, ref, after, priority, timeoutMs, ...rest }: TaskOrder): DelegateAction {
  return {
    kind: "delegate",
    agentType: agent,
    id: ref,
    task: `Do errand ${ref} of ${nonce}`,
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

function turnOf(prompt: string): string {
  return /^TURN: (\d+)$/m.exec(prompt)?.[1] ?? "";
}
