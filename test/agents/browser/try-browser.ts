import { readdirSync, readFileSync } from "node:fs";
import type { Agent, AgentContext } from "#/agents/agent.ts";
import type { DeputyError } from "#/lib/errors.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import { noBoard } from "#/test/agents/knowledge/fake-board.ts";

export function taskOf(task: string, input?: Record<string, unknown>): TaskSpec {
  return {
    ref: "t1",
    agent: "browser",
    task,
    author: "user",
    mode: "parallel",
    priority: "normal",
    strict: true,
    dependsOn: [],
    ...(input ? { input } : {}),
  };
}

/** A context that remembers what it was told; the browser agent has no use for models and documents. */
export function contextFor(signal = new AbortController().signal) {
  const progress: string[] = [];
  const stored: { name: string; mediaType: string; body: Uint8Array }[] = [];
  const context: AgentContext = {
    signal,
    dependencies: [],
    board: noBoard,
    mayDelegate: false,
    progress: (text) => progress.push(text),
    generate: () => Promise.reject(new Error("the browser agent calls no model")),
    search: () => Promise.reject(new Error("the browser agent searches no documents")),
    async storeArtifact(artifact) {
      stored.push(artifact);
      const { kind, name, mediaType, body } = artifact;
      return { id: `artifact-${stored.length}`, kind, name, mediaType, bytes: body.length };
    },
  };
  return { ...context, context, told: progress, stored };
}

/** What an agent brings that delegates nothing. */
export async function resultOf(agent: Agent, task: TaskSpec, context: AgentContext): Promise<TaskResult> {
  const executed = await agent.execute(task, context);
  if ("delegate" in executed) throw new Error("a result was expected, not subtasks");
  return executed;
}

/** What a failing execution threw. */
export async function faultOf(execution: Promise<unknown>): Promise<DeputyError> {
  return execution.then(
    () => {
      throw new Error("the task was expected to fail");
    },
    (thrown) => thrown,
  );
}

/** The process ids of the Chromiums that this process has started and that still run. */
export function chromiumProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid && /chrom/i.test(commandOf(pid)));
}

function parentOf(pid: number): number | null {
  const status = read(`/proc/${pid}/status`);
  return /^State:\s+Z/m.test(status) ? null : Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
