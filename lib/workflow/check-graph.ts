import { z } from "zod";
import { nearest } from "#/lib/actions/edit-distance.ts";
import { type Hole, holesIn, openHoleIn, textsWithHoles } from "#/lib/workflow/holes.ts";
import { findCycles, nodesOf } from "#/lib/workflow/order-steps.ts";
import type { Path } from "#/lib/workflow/place.ts";
import { limits } from "#/lib/workflow/schema.ts";

/** As much of a workflow as can be told from a file that may have other mistakes. */
const Sketch = z
  .object({
    inputs: z.record(z.string(), z.unknown()).catch({}),
    steps: z
      .array(
        z
          .object({
            id: z.string().catch(""),
            task: z.string().catch(""),
            after: z.array(z.string().catch("")).catch([]),
            mode: z.enum(["sequential", "parallel"]).catch("parallel"),
            input: z.unknown().optional(),
          })
          .catch({ id: "", task: "", after: [], mode: "parallel", input: undefined }),
      )
      .transform((steps) => steps.slice(0, limits.steps))
      .catch([]),
  })
  .catch({ inputs: {}, steps: [] });
type Sketch = z.infer<typeof Sketch>;

export type GraphFault = {
  readonly path: Path;
  readonly message: string;
  /** The words of the text at `path` that are meant; else all of it. */
  readonly words?: string;
  readonly isWarning?: boolean;
};

/**
 * What no schema sees: steps that are not there or there twice, cycles, holes without an input or an end, inputs without a hole.
 */
export function checkGraph(content: unknown): GraphFault[] {
  const sketch = Sketch.parse(content);
  return [
    ...duplicates(sketch),
    ...unknownSteps(sketch),
    ...cycles(sketch),
    ...unknownHoles(sketch),
    ...unused(sketch),
    ...openHoles(sketch),
  ];
}

function duplicates({ steps }: Sketch): GraphFault[] {
  return steps.flatMap(({ id }, at) =>
    id !== "" && steps.findIndex((step) => step.id === id) < at
      ? [{ path: ["steps", at, "id"], message: `There is a step ${quote(id)} before; each id stands once.` }]
      : [],
  );
}

function unknownSteps({ steps }: Sketch): GraphFault[] {
  const ids = [...new Set(steps.map(({ id }) => id))].filter(Boolean);
  return steps.flatMap(({ after }, at) =>
    after.flatMap((id, entry) =>
      id === "" || ids.includes(id)
        ? []
        : [
            {
              path: ["steps", at, "after", entry],
              message: `There is no step ${quote(id)}. ${advice(id, ids, "Steps")}`,
            },
          ],
    ),
  );
}

function cycles({ steps }: Sketch): GraphFault[] {
  const nodes = nodesOf(steps.map((step, at) => ({ ...step, id: step.id || `steps[${at + 1}]` })));
  return findCycles(nodes).map((path) => {
    const [id = "", next = ""] = path;
    const at = nodes.findIndex(({ ref }) => ref === id);
    const entry = steps[at]?.after.indexOf(next) ?? -1;
    return {
      path: ["steps", at, ...(entry === -1 ? ["mode"] : ["after", entry])],
      message: `These steps wait for one another: ${path.join(" -> ")}.`,
    };
  });
}

function unknownHoles({ steps, inputs }: Sketch): GraphFault[] {
  const names = Object.keys(inputs);
  return steps.flatMap((step, at) =>
    textsWithHoles(step).flatMap(({ path, text }) =>
      holesIn(text)
        .filter(({ name }) => !names.includes(name))
        .map(({ name, written }) => ({
          path: ["steps", at, ...path],
          words: written,
          message: `The hole ${written.slice(0, 60)} has no input ${quote(name)}. ${advice(name, names, "Inputs")}`,
        })),
    ),
  );
}

function unused({ steps, inputs }: Sketch): GraphFault[] {
  const holes: Hole[] = steps.flatMap((step) => textsWithHoles(step).flatMap(({ text }) => holesIn(text)));
  const used = new Set(holes.map(({ name }) => name));
  return Object.keys(inputs)
    .filter((name) => !used.has(name))
    .map((name) => ({ path: ["inputs", name], message: `No step uses the input ${quote(name)}.`, isWarning: true }));
}

/** It may be meant as it stands. */
function openHoles({ steps }: Sketch): GraphFault[] {
  return steps.flatMap((step, at) =>
    textsWithHoles(step).flatMap(({ path, text }) => {
      const written = openHoleIn(text);
      if (written === null) return [];
      const message = `${written} is no hole, for it does not end with }}, and stays as it is.`;
      return { path: ["steps", at, ...path], message, isWarning: true };
    }),
  );
}

function advice(written: string, names: readonly string[], what: string): string {
  const near = nearest(
    written,
    names.filter(({ length }) => length > 2),
  );
  if (near !== undefined) return `Did you mean ${near}?`;
  return names.length === 0 ? `${what}: none.` : `${what}: ${names.slice(0, 20).join(", ")}.`;
}

function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 57)}...` : name);
}
