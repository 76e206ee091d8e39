import type { Fields } from "#/lib/actions/fields.ts";
import { aggregates, modes, priorities, requiredKeys } from "#/lib/actions/grammar.ts";
import { type JsonObject, readJsonObject } from "#/lib/actions/json-object.ts";
import { readSteps } from "#/lib/actions/steps.ts";
import { Values } from "#/lib/actions/values.ts";
import type { Action, ActionKind, DelegateAction, ReplanAction } from "#/lib/protocol/action.ts";

/** IDs of the tasks that were accepted in the run so far. */
export type TakenIds = { has(id: string): boolean; lowestFree(): string };

const defaultVoters = 3;
const defaultMinAgreement = 0.6;
const idForm = /^(?!none$)[a-z0-9_-]{1,40}$/;

/** The action of a block; null when `fields.faults` holds what is wrong with it. */
export function readAction(kind: ActionKind, fields: Fields, taken: TakenIds): Action | null {
  const values = new Values(fields, requiredKeys[kind]);
  const action = readers[kind](values, fields, taken);
  return fields.faults.first() === null ? action : null;
}

type Reader = (values: Values, fields: Fields, taken: TakenIds) => Action | null;

const readers: Record<ActionKind, Reader> = {
  plan: readPlan,
  delegate: readDelegate,
  replan: readReplan,
  verify: readVerify,
  learn: readLearn,
};

function readPlan(values: Values, fields: Fields): Action | null {
  const written = values.text("STEPS");
  const goal = values.text("GOAL");
  if (written === undefined) return null;
  const steps = readSteps(fields.lines.get("STEPS") ?? []);
  if (steps !== null) return { kind: "plan", steps, ...(goal !== undefined && { goal }) };
  values.refuse(
    "STEPS",
    written,
    "Each step begins a line at column 0 with 1., 1), -, * or + and has words behind it.",
  );
  return null;
}

function readVerify(values: Values): Action | null {
  const verdict = values.word("VERDICT", ["pass", "fail"]);
  const notes = values.text("NOTES");
  return verdict === undefined ? null : { kind: "verify", verdict, ...(notes !== undefined && { notes }) };
}

function readLearn(values: Values): Action | null {
  const lesson = values.text("LESSON");
  const tags = values.list("TAGS", () => true, "It is words between commas, none of them empty.");
  return lesson === undefined ? null : { kind: "learn", lesson, tags: tags ?? [] };
}

function readDelegate(values: Values, fields: Fields, taken: TakenIds): Action | null {
  const agentType = values.agent("AGENT_TYPE");
  const task = values.text("TASK");
  const writtenId = readId(values, fields, taken);
  const dependsOn = readDependencies(values, fields, taken, writtenId);
  const mode = values.word("MODE", modes) ?? "parallel";
  const options = {
    priority: values.word("PRIORITY", priorities) ?? "normal",
    strict: values.word("STRICT", ["true", "false"]) !== "false",
    complexity: values.wholeNumber("COMPLEXITY", 1, 10),
    timeoutMs: values.milliseconds("TIMEOUT"),
    ...readConsensus(values, mode),
    aggregate: values.word("AGGREGATE", aggregates),
    input: readInput(values),
  };
  if (agentType === undefined || task === undefined) return null;
  const id = writtenId ?? taken.lowestFree();
  return onlyGiven<DelegateAction>({ kind: "delegate", agentType, task, id, dependsOn, mode, ...options });
}

function readId(values: Values, fields: Fields, taken: TakenIds): string | undefined {
  const id = values.text("ID");
  if (id === undefined) return undefined;
  if (!idForm.test(id)) return values.refuse("ID", id, "It is 1 to 40 of a-z, 0-9, _ and -, and not none.");
  if (taken.has(id))
    fields.faults.add("duplicate-id", `The ID ${id} is taken by another task of this run; choose another one.`);
  return id;
}

function readDependencies(values: Values, fields: Fields, taken: TakenIds, own: string | undefined): string[] {
  if (values.text("DEPENDS_ON") === "none") return [];
  const ids = values.list("DEPENDS_ON", (id) => idForm.test(id), "It is IDs of tasks between commas, or none.") ?? [];
  for (const id of ids) if (id !== own) refuseUnknown("DEPENDS_ON", id, fields, taken);
  if (own !== undefined && ids.includes(own)) fields.faults.add("cycle", `The task ${own} depends on itself.`);
  return ids;
}

type Change = NonNullable<ReplanAction["change"]>;

const changeKeys = ["AGENT_TYPE", "DEPENDS_ON", "PRIORITY", "TIMEOUT", "STRICT", "TASK"] as const;

function readReplan(values: Values, fields: Fields, taken: TakenIds): Action | null {
  const drop = readDropped(values, fields, taken);
  const change = readChange(values, fields, taken, drop);
  const reason = values.text("REASON");
  if (!fields.values.has("DROP") && !fields.values.has("ID")) {
    const advice = 'write a line "DROP: " with the IDs to drop, or "ID: " with the one to change';
    fields.faults.add("missing-field", `REPLAN names no task; ${advice}.`);
  }
  return { kind: "replan", drop, ...(change && { change }), ...(reason !== undefined && { reason }) };
}

function readDropped(values: Values, fields: Fields, taken: TakenIds): string[] {
  const ids = values.list("DROP", (id) => idForm.test(id), "It is IDs of tasks between commas.") ?? [];
  const written = values.text("DROP") ?? "";
  if (new Set(ids).size < ids.length) values.refuse("DROP", written, "It names a task twice.");
  for (const id of ids) refuseUnknown("DROP", id, fields, taken);
  return ids;
}

function readChange(values: Values, fields: Fields, taken: TakenIds, drop: readonly string[]): Change | undefined {
  const given = changeKeys.filter((key) => fields.values.has(key));
  const id = readChangedId(values, fields, taken, given);
  const strict = values.word("STRICT", ["true", "false"]);
  const hasDependencies = values.text("DEPENDS_ON") !== undefined;
  const dependsOn = hasDependencies ? readDependencies(values, fields, taken, id) : undefined;
  const change = {
    agentType: values.agent("AGENT_TYPE"),
    task: values.text("TASK"),
    dependsOn,
    priority: values.word("PRIORITY", priorities),
    timeoutMs: values.milliseconds("TIMEOUT"),
    strict: strict === undefined ? undefined : strict === "true",
  };
  if (id === undefined) return undefined;
  if (drop.includes(id)) values.refuse("ID", id, "The same block drops it.");
  const gone = dependsOn?.find((other) => drop.includes(other));
  if (gone !== undefined) values.refuse("DEPENDS_ON", dependsOn?.join(", ") ?? "", `The same block drops ${gone}.`);
  return onlyGiven<Change>({ id, ...change });
}

function readChangedId(values: Values, fields: Fields, taken: TakenIds, given: readonly string[]): string | undefined {
  const id = values.text("ID");
  if (id === undefined && given.length > 0 && !fields.values.has("ID")) {
    fields.faults.add("missing-field", `ID is missing; it says of which task ${given.join(", ")} is to be another.`);
  }
  if (id === undefined) return undefined;
  if (!idForm.test(id)) return values.refuse("ID", id, "It is the ID of one task.");
  if (given.length === 0) values.refuse("ID", id, `Nothing of it is changed; write one of ${changeKeys.join(", ")}.`);
  refuseUnknown("ID", id, fields, taken);
  return id;
}

function refuseUnknown(key: string, id: string, fields: Fields, taken: TakenIds): void {
  if (taken.has(id)) return;
  fields.faults.add("unknown-dependency", `No task ${id} was accepted before; ${key} names tasks that were.`);
}

function readConsensus(values: Values, mode: string): Pick<DelegateAction, "voters" | "minAgreement"> {
  const voters = values.wholeNumber("VOTERS", 2, 9);
  const minAgreement = values.share("MIN_AGREEMENT", 0.5, 1);
  if (mode === "consensus")
    return { voters: voters ?? defaultVoters, minAgreement: minAgreement ?? defaultMinAgreement };
  for (const key of ["VOTERS", "MIN_AGREEMENT"] as const) {
    const written = values.text(key);
    if (written !== undefined) values.refuse(key, written, "It stands with MODE: consensus only.");
  }
  return {};
}

function readInput(values: Values): JsonObject | undefined {
  const written = values.text("INPUT");
  if (written === undefined) return undefined;
  const reading = readJsonObject(written);
  return reading.kind === "object" ? reading.object : values.refuse("INPUT", written, reading.message);
}

/** Without the options that were not given. */
function onlyGiven<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
