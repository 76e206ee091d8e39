import { createHash } from "node:crypto";
import { v7 as uuid } from "uuid";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import type { RunChange } from "#/lib/run/change-run.ts";
import { failPendingTask, insertTask } from "#/lib/store/tasks.ts";
import { listRegisteredAgents } from "#/lib/store/workers.ts";

export type TaskOrder = {
  readonly parentId: string;
  readonly turn: number;
  readonly block: number;
  readonly spec: TaskSpec;
  /** Ids of the tasks it runs after. */
  readonly dependsOn: readonly string[];
};

/**
 * Creates a delegated task inside a change of its run; `moveGraph` then dispatches it when it is ready. A block that has
 * its task already creates none: null. An agent that nobody registered gives a task that has failed and says so.
 */
export async function createTask(change: RunChange, order: TaskOrder): Promise<string | null> {
  const id = uuid();
  const { spec } = order;
  const added = await insertTask(change.db, {
    id,
    runId: change.run.id,
    parentId: order.parentId,
    turn: order.turn,
    block: order.block,
    spec,
    hash: hashOf(spec),
    dependsOn: order.dependsOn,
  });
  if (!added) return null;
  change.events.push({ type: "task.created", taskId: id, agent: spec.agent, data: spec });

  const registered = await listRegisteredAgents(change.db);
  const problem = problemOf(
    spec,
    registered.some((card) => card.type === spec.agent),
  );
  if (problem !== null) {
    await failPendingTask(change.db, id, problem);
    change.events.push({ type: "task.failed", taskId: id, agent: spec.agent, data: { error: problem, attempts: 0 } });
  }
  return id;
}

/** SHA-256 of the spec, base64url: an entry that does not carry it is not believed. */
export function hashOf(spec: TaskSpec): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("base64url");
}

const modesThatRun: readonly TaskSpec["mode"][] = ["parallel", "sequential"];

function problemOf(spec: TaskSpec, isRegistered: boolean) {
  if (!isRegistered) return { code: "agent-not-registered", message: `Agent ${spec.agent} not registered` };
  if (modesThatRun.includes(spec.mode)) return null;
  return {
    code: "mode-not-available",
    message: `MODE ${spec.mode} cannot be run by this version; delegate with MODE parallel or sequential instead.`,
  };
}
