import type { AgentContext } from "#/agents/agent.ts";
import { confidenceOf } from "#/agents/knowledge/answer.ts";
import { onlyMakes, splitAspects } from "#/agents/knowledge/aspects.ts";
import { findingsFor } from "#/agents/knowledge/findings.ts";
import type { Search } from "#/agents/knowledge/input.ts";
import type { Bid } from "#/lib/protocol/orchestration.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

const PASSAGES = 6;
const SECONDS_PER_ASPECT = 1;
/** With nothing found yet: the documents may still hold it in other words. */
const LEAST_CONFIDENCE = 0.05;
/** It finds what a plan may rest on, and makes none. */
const MAKING_FACTOR = 0.3;

/** Free, quick, and as sure as a first search of each aspect makes it; null for a task that asks nothing. */
export async function bidOn(task: TaskSpec, { signal }: AgentContext, search: Search): Promise<Bid | null> {
  const aspects = splitAspects(task.task);
  if (aspects.length === 0) return null;
  const answers = await Promise.all(
    aspects.map(async (aspect) => {
      const passages = await search([...aspect.subject, ...aspect.words].join(" "), PASSAGES);
      return { aspect, findings: findingsFor(aspect, passages) };
    }),
  );
  signal.throwIfAborted();
  const found = confidenceOf(answers).confidence ?? LEAST_CONFIDENCE;
  const answered = answers.filter(({ findings }) => findings.length > 0).length;
  return {
    price: 0,
    seconds: SECONDS_PER_ASPECT * aspects.length,
    confidence: Math.max(LEAST_CONFIDENCE, onlyMakes(task.task) ? MAKING_FACTOR * found : found),
    note: `The documents hold something about ${answered} of ${aspects.length} that is asked.`,
  };
}
