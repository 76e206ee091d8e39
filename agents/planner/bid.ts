import { usualComplexity } from "#/agents/planner/draft-plan.ts";
import { tierFor } from "#/lib/model/tiers.ts";
import type { Tier } from "#/lib/protocol/agent.ts";
import type { Bid } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const planning =
  /\b(?:plan(?:s|ned|ning)?|road ?map|steps?|break(?:s|ing)? (?:\w+ )?down|milestones?|checklist|strategy|schedule|prioriti[sz]e|organi[sz]e)\b/i;

/** What a draft takes: about 2,000 tokens in and 1,000 out, some of them corrected once. */
const drafts: Readonly<Record<Tier, { price: number; seconds: number }>> = {
  fast: { price: 0.001, seconds: 8 },
  standard: { price: 0.01, seconds: 15 },
  large: { price: 0.02, seconds: 30 },
  expert: { price: 0.1, seconds: 60 },
};
/** The stand-in for a model costs nothing and answers at once. */
const offlineDraft = { price: 0, seconds: 1 };

export function draftCost(complexity: number, offline: boolean): { price: number; seconds: number } {
  return offline ? offlineDraft : drafts[tierFor(complexity)];
}

/** By the model that the complexity calls for; sure only where the task asks for a plan, for everything that it makes is one. */
export function bidOn({ task, complexity }: TaskSpec, offline: boolean): Bid {
  const asksForPlan = planning.test(task);
  const note = asksForPlan
    ? "The task asks for a plan."
    : "It would answer with a plan, which the task does not ask for.";
  return { ...draftCost(complexity ?? usualComplexity, offline), confidence: asksForPlan ? 0.9 : 0.15, note };
}
