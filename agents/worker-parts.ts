import type { AgentDesk } from "#/agents/desks.ts";
import type { Context } from "#/lib/run/context.ts";
import type { HeldTasks } from "#/lib/run/held-tasks.ts";
import type { Refusals } from "#/lib/run/refusals.ts";

/** What the loop and the duties of one worker share. */
export type WorkerParts = {
  readonly context: Context;
  readonly workerId: string;
  readonly desks: readonly AgentDesk[];
  readonly held: HeldTasks;
  readonly refusals: Refusals;
};
