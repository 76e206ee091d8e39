import { z } from "zod";
import { PlanGraph, type PlanStep } from "#/lib/protocol/result.ts";

const maxFaults = 8;
const maxAnswer = 500;
const Answered = z.object({ answer: z.string().trim().min(1) });

export type GoodPlan = {
  readonly plan: PlanGraph;
  /** The answer of a voter, which was asked for one before its plan. */
  readonly answer?: string;
};

/** What a model wrote, as a plan that can be carried out, or every fault in words that the model can act on. */
export type CheckedPlan = GoodPlan | { readonly faults: readonly string[] };

/**
 * Reads a plan and checks the graph: unique ids, dependencies that exist, no cycles, known agents, an acceptance
 * criterion that says something. The steps come back in an order in which they can be done.
 */
export function checkPlan(reply: string): CheckedPlan {
  const json = readObject(reply);
  if ("fault" in json) return { faults: [json.fault] };
  const parsed = PlanGraph.safeParse(json.value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the object"}: ${issue.message}`);
    return { faults: faults.slice(0, maxFaults) };
  }
  const { goal, steps } = parsed.data;
  const faults = [...duplicates(steps), ...unknownDependencies(steps), ...emptyFields(steps)];
  const cycle = faults.length > 0 ? null : findCycle(steps);
  if (cycle) faults.push(`these steps wait for each other: ${cycle.join(" -> ")}`);
  if (faults.length > 0) return { faults: faults.slice(0, maxFaults) };
  const answered = Answered.safeParse(json.value);
  const plan = { goal, steps: inOrder(steps) };
  return answered.success ? { plan, answer: answered.data.answer.slice(0, maxAnswer) } : { plan };
}

/** The object in the reply; what a model thought aloud in front of it and a code fence around it are let go. */
function readObject(reply: string): { value: unknown } | { fault: string } {
  const text = reply.replace(/^\s*<think(ing)?>[\s\S]*?<\/think(ing)?>/, "");
  const from = text.indexOf("{");
  const to = text.lastIndexOf("}");
  if (from < 0 || to < from) return { fault: "the answer holds no JSON object" };
  try {
    return { value: JSON.parse(text.slice(from, to + 1)) };
  } catch (error) {
    return { fault: `the answer is no valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function duplicates(steps: readonly PlanStep[]): string[] {
  const ids = steps.map((step) => step.id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map((id) => `the id ${id} is used twice`);
}

function unknownDependencies(steps: readonly PlanStep[]): string[] {
  const ids = new Set(steps.map((step) => step.id));
  return steps.flatMap((step) =>
    step.dependsOn.filter((id) => !ids.has(id)).map((id) => `step ${step.id} depends on ${id}, which does not exist`),
  );
}

function emptyFields(steps: readonly PlanStep[]): string[] {
  return steps.flatMap((step) => [
    ...(step.title.trim() ? [] : [`step ${step.id} has no title`]),
    ...(step.acceptance.trim() ? [] : [`step ${step.id} has no acceptance criterion`]),
  ]);
}

/** The ids along one cycle, the first one again at its end; null when there is none. */
function findCycle(steps: readonly PlanStep[]): string[] | null {
  const stuck = new Map(withoutOrder(steps).map((step) => [step.id, step]));
  const path: string[] = [];
  for (let step = stuck.values().next().value; step; step = firstOf(step.dependsOn, stuck)) {
    const seen = path.indexOf(step.id);
    if (seen >= 0) return [...path.slice(seen), step.id];
    path.push(step.id);
  }
  return null;
}

function firstOf(ids: readonly string[], steps: ReadonlyMap<string, PlanStep>): PlanStep | undefined {
  return ids.map((id) => steps.get(id)).find((step) => step !== undefined);
}

/** Those that can never begin: each of them waits for another one of them. */
function withoutOrder(steps: readonly PlanStep[]): PlanStep[] {
  const ordered = new Set(inOrder(steps).map((step) => step.id));
  return steps.filter((step) => !ordered.has(step.id));
}

/** Each step behind those it depends on, otherwise as written. Steps of a cycle are left out. */
function inOrder(steps: readonly PlanStep[]): PlanStep[] {
  const done = new Set<string>();
  const ordered: PlanStep[] = [];
  for (let left = [...steps]; ; ) {
    const next = left.find((step) => step.dependsOn.every((id) => done.has(id)));
    if (!next) return ordered;
    ordered.push(next);
    done.add(next.id);
    left = left.filter((step) => step !== next);
  }
}
