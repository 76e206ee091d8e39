import { z } from "zod";
import { DeputyError } from "#/lib/errors.ts";
import { Priority } from "#/lib/protocol/action.ts";
import { eventData, RawEvent } from "#/lib/protocol/event.ts";
import { AgentChoice } from "#/lib/protocol/orchestration.ts";
import { TaskResult } from "#/lib/protocol/result.ts";
import {
  BadGraph,
  Delegated,
  namesBeside,
  type ProgramTask,
  readDelegations,
  TaskText,
  TimeoutMs,
} from "#/lib/run/read-delegations.ts";
import { faultsIn } from "#/lib/run/schema-faults.ts";

/** What programs of other languages send and are sent: `POST /api/runs`, `POST /api/runs/<id>/plan`, events and results. */
const ConversationId = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "be 1 to 200 characters without control characters");

const MOST_TASKS = 10_000;

export const GraphOrder = z.strictObject({
  title: z.string().trim().min(1).max(1_000),
  conversationId: ConversationId.optional(),
  tasks: z.array(Delegated).min(1).max(MOST_TASKS),
  /** False: further tasks may be added, and the run goes on until it is cancelled or its time is over. */
  close: z.boolean().default(true),
});

const MOST_CHANGES = 1_000;

const Changed = z.strictObject({
  ref: z.string(),
  task: TaskText.optional(),
  agent: AgentChoice.optional(),
  dependsOn: z.array(z.string()).max(MOST_CHANGES).optional(),
  priority: Priority.optional(),
  timeoutMs: TimeoutMs.optional(),
  strict: z.boolean().optional(),
});

export const PlanOrder = z.strictObject({
  reason: z.string().trim().min(1).max(500).optional(),
  drop: z.array(z.string()).max(MOST_CHANGES).default([]),
  change: z.array(Changed).max(MOST_CHANGES).default([]),
  add: z.array(Delegated).max(MOST_CHANGES).default([]),
});

export type GraphRead = Omit<z.infer<typeof GraphOrder>, "tasks"> & { readonly tasks: readonly ProgramTask[] };

/** A graph as JSON. Throws `BadGraph` with every fault of it. */
export function readGraphOrder(body: unknown): GraphRead {
  const read = GraphOrder.extend({ tasks: z.array(z.unknown()).min(1).max(MOST_TASKS) }).safeParse(body);
  const given = read.data?.tasks ?? Listed.safeParse(body).data?.tasks ?? [];
  const graph = readDelegations(given.slice(0, MOST_TASKS));
  const faults = [...(read.error ? faultsIn(read.error, body) : []), ...("faults" in graph ? graph.faults : [])];
  if (!read.success || "faults" in graph) throw new BadGraph(faults);
  return { ...read.data, tasks: graph.tasks };
}

export type PlanRead = Omit<z.infer<typeof PlanOrder>, "add"> & { readonly add: readonly ProgramTask[] };

/**
 * A change of a plan as JSON, for a run that has the tasks `taken`; what it adds is called `u1`, `u2`, ... Throws `BadGraph`
 * with every fault of it, and `bad-request` when it changes nothing.
 */
export function readPlanOrder(body: unknown, taken: { has(ref: string): boolean }): PlanRead {
  const read = PlanOrder.extend({ add: z.array(z.unknown()).max(MOST_CHANGES).default([]) }).safeParse(body);
  const { drop = [], change = [], add: given = [] } = read.data ?? {};
  const graph = readDelegations(given, taken, namesBeside(taken, "u"), "add");
  const faults = [...(read.error ? faultsIn(read.error, body) : []), ...("faults" in graph ? graph.faults : [])];
  if (!read.success || "faults" in graph) throw new BadGraph(faults);
  if (drop.length + change.length + given.length === 0) {
    throw new DeputyError("bad-request", "Nothing is to be changed: give drop, change or add.");
  }
  return { ...read.data, add: graph.tasks };
}

const Listed = z.object({ tasks: z.array(z.unknown()) });

/** JSON Schema (draft 2020-12) of each, by name. */
export function schemasAt(address: string) {
  const schemaOf = (name: string, schema: z.ZodType) => ({
    // No fragment: an identifier has none in this draft.
    $id: `${address}/${name}`,
    ...z.toJSONSchema(schema, { io: "input", override: withPortablePattern }),
  });
  return {
    graph: schemaOf("graph", GraphOrder),
    plan: schemaOf("plan", PlanOrder),
    event: schemaOf("event", z.union(events())),
    result: schemaOf("result", TaskResult),
  };
}

/** The classes \p{...} mean nothing to the regular expressions of many languages, and stop their validators. */
function withPortablePattern({ jsonSchema }: { jsonSchema: { pattern?: string } }): void {
  if (jsonSchema.pattern?.includes("\\p{")) delete jsonSchema.pattern;
}

function events() {
  return Object.entries(eventData).map(([type, data]) => RawEvent.extend({ type: z.literal(type), data }));
}
