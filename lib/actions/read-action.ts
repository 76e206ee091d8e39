import type { Fields } from "#/lib/actions/fields.ts";
import { aggregates, modes, priorities, requiredKeys } from "#/lib/actions/grammar.ts";
import { type JsonObject, readJsonObject } from "#/lib/actions/json-object.ts";
import { readSteps } from "#/lib/actions/steps.ts";
import { Values } from "#/lib/actions/values.ts";
import type { Action, ActionKind, DelegateAction } from "#/lib/protocol/action.ts";

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
  const agentType = values.agentType("AGENT_TYPE");
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
  return onlyGiven({ kind: "delegate", agentType, task, id, dependsOn, mode, ...options });
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
  const unknown = ids.find((id) => id !== own && !taken.has(id));
  if (unknown !== undefined) {
    fields.faults.add(
      "unknown-dependency",
      `No task ${unknown} was accepted before; DEPENDS_ON names tasks that were.`,
    );
  }
  if (own !== undefined && ids.includes(own)) fields.faults.add("cycle", `The task ${own} depends on itself.`);
  return ids;
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
function onlyGiven(action: DelegateAction): DelegateAction {
  return Object.fromEntries(Object.entries(action).filter(([, value]) => value !== undefined)) as DelegateAction;
}
