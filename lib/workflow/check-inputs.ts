import { z } from "zod";
import { type Fault, faultsIn } from "#/lib/run/schema-faults.ts";
import { holesIn } from "#/lib/workflow/holes.ts";
import type { Path } from "#/lib/workflow/place.ts";

/** What agents take as INPUT, by their types: JSON Schema. */
export type InputSchemas = ReadonlyMap<string, Record<string, unknown>>;

type InputFault = { readonly path: Path; readonly message: string };

/** As much of the steps as can be told from a file that may have other mistakes. */
const Sketch = z.object({ steps: z.array(z.unknown()) });
const Asked = z.object({ agent: z.string(), mode: z.string().optional(), input: z.record(z.string(), z.unknown()) });

/**
 * Where the `input` of a step cannot be what its agent takes, whatever its holes are filled with. Nothing is said of agents
 * whose schema is not known, nor of `any` and `can:...`, which are chosen when the task is created.
 */
export function checkInputs(content: unknown, schemas: InputSchemas): InputFault[] {
  const steps = Sketch.safeParse(content).data?.steps ?? [];
  return steps.flatMap((step, at) => {
    const asked = Asked.safeParse(step).data;
    const schema = schemas.get(asked?.agent ?? "");
    if (asked === undefined || schema === undefined) return [];
    return faultsOf(inputFor(asked), schema).map(({ path, message }) => {
      return { path: ["steps", at, "input", ...path], message: `${message} This is for the ${asked.agent} agent.` };
    });
  });
}

/** The terms of an auction are not the agent's. */
function inputFor({ mode, input }: z.infer<typeof Asked>): Record<string, unknown> {
  const { market: _terms, ...others } = input;
  return mode === "market" ? others : input;
}

function faultsOf(input: Record<string, unknown>, schema: Record<string, unknown>): InputFault[] {
  const { error } = z.fromJSONSchema(schema).safeParse(input);
  const issues = (error?.issues ?? []).filter((issue) => !dependsOnHoles(issue, valueAt(input, issue.path)));
  return issues.flatMap((issue) => {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [];
    const paths = keys.length > 0 ? keys.map((key) => [...issue.path, key]) : [issue.path];
    return faultsIn(new z.ZodError([issue]), input).map((fault, at) => placed(fault, paths[at] ?? issue.path));
  });
}

function placed({ path, message }: Fault, keys: readonly PropertyKey[]): InputFault {
  const name = path === "body" ? "input" : `input.${path}`;
  return { path: keys.map((key) => (typeof key === "symbol" ? String(key) : key)), message: `\`${name}\`: ${message}` };
}

/** A hole is filled with text: what is no text by its kind is a mistake all the same. */
function dependsOnHoles(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.code === "unrecognized_keys") return false;
  if (issue.code === "invalid_type" && typeof value === "string") return false;
  return holesIn(JSON.stringify(value) ?? "").length > 0;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  }, input);
}
