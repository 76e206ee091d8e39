import { z } from "zod";
import { DeputyError } from "#/lib/errors.ts";
import { readTerms } from "#/lib/graph/auction.ts";
import { faultsOf } from "#/lib/graph/check-graph.ts";
import { Aggregate, Mode, Priority } from "#/lib/protocol/action.ts";
import { AgentChoice, Condition } from "#/lib/protocol/orchestration.ts";
import type { TaskWords } from "#/lib/run/prepare-task.ts";
import { type Fault, faultsIn } from "#/lib/run/schema-faults.ts";

const MOST_TASK_UNITS = 16_384;
const LONGEST_MS = 24 * 3_600_000;

export const Ref = z
  .string()
  .regex(/^[a-z0-9_-]{1,40}$/, "be 1 to 40 of a-z, 0-9, _ and -")
  .refine((ref) => ref !== "none", "cannot be none, which stands for no task");
export const TaskText = z.string().trim().min(1).max(MOST_TASK_UNITS);
export const TimeoutMs = z.number().int().min(1).max(LONGEST_MS);

/** One node of a graph as a program gives it: the fields of a DELEGATE block, and those of a workflow's step. */
export const Delegated = z.strictObject({
  /** Unique in the run; the lowest free of `p1`, `p2`, ... when absent. */
  ref: Ref.optional(),
  agent: AgentChoice,
  task: TaskText,
  /** References of the same call, in any order, or of tasks that the run has. MODE sequential adds the task above it. */
  dependsOn: z.array(z.string()).max(1_000).default([]),
  mode: Mode.default("parallel"),
  priority: Priority.default("normal"),
  strict: z.boolean().default(true),
  complexity: z.number().int().min(1).max(10).optional(),
  timeoutMs: TimeoutMs.optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  aggregate: Aggregate.optional(),
  voters: z.number().int().min(2).max(9).optional(),
  minAgreement: z.number().min(0.5).max(1).optional(),
  condition: Condition.optional(),
  attempts: z.number().int().min(1).max(10).optional(),
});

/** A task of a program: its reference is known, its author is not. */
export type ProgramTask = Omit<TaskWords, "author">;

/**
 * The graph that a program gave, in the order in which it was given, or everything that is wrong with it. `taken`: the
 * references that the run has; `name` makes one up for a task without, which is none of `own`.
 */
export function readDelegations(
  given: readonly unknown[],
  taken: { has(ref: string): boolean } = new Set(),
  name: (own: ReadonlySet<string>) => string = namesBeside(taken),
  at = "tasks",
): { readonly tasks: ProgramTask[] } | { readonly faults: Fault[] } {
  const own = new Set(given.flatMap((one) => refOf(one) ?? []));
  const refs = given.map((one) => refOf(one) ?? name(own));
  const edges = given.map((one, index) => dependenciesOf(one, refs[index - 1]));
  const tasks: ProgramTask[] = [];
  const faults: Fault[] = [];
  for (const [index, one] of given.entries()) {
    const read = Delegated.safeParse(one);
    if (read.success) {
      tasks.push({ ...read.data, ref: refs[index] ?? "", dependsOn: edges[index] ?? [] });
      faults.push(...misfits({ ...read.data, dependsOn: edges[index] ?? [] }, `${at}[${index}]`));
    } else faults.push(...faultsIn(read.error, one, `${at}[${index}]`));
  }
  faults.push(...graphFaults(refs, edges, taken, at));
  return faults.length > 0 ? { faults } : { tasks };
}

/** A graph that cannot be taken, with the place of every fault. */
export class BadGraph extends DeputyError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super("bad-graph", faults.map(({ path, message }) => `${path}: ${message}`).join(" "));
    this.faults = faults;
  }
}

/** Options that say something only in certain modes, or behind other tasks. */
function misfits(task: z.infer<typeof Delegated>, at: string): Fault[] {
  const { mode, voters, minAgreement, input, condition, dependsOn } = task;
  const faults: Fault[] = [];
  if (condition !== undefined && mode !== "sequential" && dependsOn.length === 0) {
    faults.push({ path: `${at}.condition`, message: "It needs tasks in dependsOn whose end it is about." });
  }
  const only = "It is for the mode consensus only.";
  if (mode !== "consensus" && voters !== undefined) faults.push({ path: `${at}.voters`, message: only });
  if (mode !== "consensus" && minAgreement !== undefined) faults.push({ path: `${at}.minAgreement`, message: only });
  const terms = mode === "market" ? readTerms(input) : null;
  if (terms !== null && "fault" in terms) faults.push({ path: `${at}.input.market`, message: terms.fault });
  return faults;
}

function graphFaults(
  refs: readonly string[],
  edges: readonly (readonly string[])[],
  taken: { has(ref: string): boolean },
  at: string,
): Fault[] {
  const nodes = refs.map((ref, index) => {
    return { ref, dependsOn: (edges[index] ?? []).filter((other) => !taken.has(other) || refs.includes(other)) };
  });
  const used = nodes.flatMap(({ ref }, index) => {
    return taken.has(ref) ? [{ path: `${at}[${index}].ref`, message: `The run has a task ${ref} already.` }] : [];
  });
  const wrong = faultsOf(nodes).map(({ kind, ref, message }) => {
    const index = kind === "duplicate" ? refs.lastIndexOf(ref) : refs.indexOf(ref);
    return { path: `${at}[${index}].${kind === "duplicate" ? "ref" : "dependsOn"}`, message };
  });
  return [...used, ...wrong];
}

/** `p1`, `p2`, ...: each time the next one that is not taken. */
export function namesBeside(taken: { has(ref: string): boolean }, letter = "p"): (own: ReadonlySet<string>) => string {
  let number = 0;
  return (own) => {
    do number += 1;
    while (taken.has(`${letter}${number}`) || own.has(`${letter}${number}`));
    return `${letter}${number}`;
  };
}

const Named = z.object({ ref: z.string() });
const Behind = z.object({ dependsOn: z.array(z.string()) });
const Chained = z.object({ mode: z.literal("sequential") });

function refOf(given: unknown): string | undefined {
  return Named.safeParse(given).data?.ref;
}

/** `above`: what stands before it in the list, which MODE sequential waits for. */
function dependenciesOf(given: unknown, above: string | undefined): string[] {
  const named = Behind.safeParse(given).data?.dependsOn ?? [];
  const isChained = above !== undefined && !named.includes(above) && Chained.safeParse(given).success;
  return isChained ? [...named, above] : named;
}
