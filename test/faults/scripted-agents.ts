import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Agent, AgentContext } from "#/agents/agent.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { AgentType } from "#/lib/protocol/agent.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { Effects, writeEffect } from "#/test/faults/effects.ts";
import { ERRAND, Errand, resultText } from "#/test/faults/order.ts";

const CHATTER_EVERY_MS = 50;
const types: readonly AgentType[] = ["knowledge", "planner", "browser"];

/** Specialists that do what their task's INPUT says, and note each beginning and end. */
export function scriptedAgents(by: { effectsFile: string; worker: string; concurrency: number }): Agent[] {
  return types.map((type) => ({
    type,
    name: `Scripted ${type}`,
    description: "Does what the fault suite asks.",
    capabilities: [],
    timeoutMs: 60_000,
    concurrency: by.concurrency,
    execute: (task, context) => execute(by, task, context),
  }));
}

async function execute(
  { effectsFile, worker }: { effectsFile: string; worker: string },
  task: TaskSpec,
  context: AgentContext,
): Promise<TaskResult> {
  if (!task.task.startsWith(ERRAND)) return { text: "Nobody ordered this.", evidence: [], artifacts: [] };
  const errand = Errand.parse(task.input);
  const { nonce, ref } = errand;
  const earlier = errand.times > 0 ? new Effects(effectsFile).of("task", nonce, ref).length : 0;
  const execution = randomUUID();
  const note = (what: "begin" | "end" | "aborted") =>
    writeEffect(effectsFile, { worker, kind: "task", nonce, of: ref, execution, what });
  note("begin");
  context.signal.addEventListener("abort", () => note("aborted"), { once: true });
  const said = resultText({ nonce, ref, worker, execution });
  if (errand.times === 0 || earlier < errand.times) await misbehave(errand);
  await work(errand, context, said);
  note("end");
  return {
    text: `${said}${" ".repeat(errand.bytes > 0 ? 1 : 0)}${"x".repeat(errand.bytes)}`,
    evidence: [],
    artifacts: [],
  };
}

async function misbehave({ does, ms }: Errand): Promise<void> {
  if (does === "fail") throw new DeputyError("scripted", "This errand was told to fail.", { retryable: true });
  if (does === "final") throw new DeputyError("scripted", "This errand was told to fail for good.");
  if (does !== "crash" && does !== "burn" && does !== "eat") return;
  await pause(ms);
  if (does === "crash") process.kill(process.pid, "SIGKILL");
  if (does === "burn") for (;;);
  const eaten: string[][] = [];
  for (;;) eaten.push(Array.from({ length: 100_000 }, (_, index) => `${index} ${eaten.length}`));
}

async function work({ does, ms }: Errand, context: AgentContext, said: string): Promise<void> {
  const { signal } = context;
  if (does === "stubborn") return pause(ms);
  if (does === "hang") return untilAborted(signal);
  const until = performance.now() + ms;
  while (performance.now() < until && !signal.aborted) {
    if (does === "chatter") context.progress(said);
    await pause(Math.min(CHATTER_EVERY_MS, Math.max(1, until - performance.now())));
  }
  signal.throwIfAborted();
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
