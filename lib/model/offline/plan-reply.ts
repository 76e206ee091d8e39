import { readAssignment } from "#/lib/model/offline/assignment.ts";
import { concernOf } from "#/lib/model/offline/plan-concerns.ts";
import { type DraftStep, kindOf, templates } from "#/lib/model/offline/plan-templates.ts";
import type { ReportedTask } from "#/lib/model/offline/read-prompt.ts";
import type { PlanGraph, PlanStep } from "#/lib/protocol/result.ts";

/** The planner's reply: a plan after the template for this kind of work, with the subject and the findings filled in. */
export function planReply(assignment: string, tasks: readonly ReportedTask[]): string {
  const facts = readAssignment(assignment, tasks);
  const kind = kindOf(facts.goal);
  const { goal, steps } = templates[kind](facts, concernOf(facts.subject));
  const plan: PlanGraph = { goal, steps: steps.map(withId) };
  return JSON.stringify(plan);
}

/** Templates name the steps that one depends on by their place, counted from 1. */
function withId({ after, ...step }: DraftStep, at: number): PlanStep {
  return { id: `s${at + 1}`, ...step, dependsOn: after.map((place) => `s${place}`) };
}
