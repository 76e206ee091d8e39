import { z } from "zod";
import type { AgentContext } from "#/agents/agent.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Passage } from "#/lib/protocol/passage.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";

/** What INPUT may say to the knowledge agent; other keys are for others. */
export const Input = z.looseObject({
  /** True: it works together with others over the board of the run. */
  board: z.boolean().optional(),
  /** Parts of the origins or titles of the only documents that it may read. */
  documents: z.array(z.string().min(1)).min(1).max(50).optional(),
});
export type Input = z.infer<typeof Input>;

export type Search = AgentContext["search"];

/** Wider than what is asked for: what stands in other documents is left out afterwards. */
const WIDE_LIMIT = 150;

/** Throws `bad-input`, not retryable. */
export function readInput({ input }: TaskSpec): Input {
  const read = Input.safeParse(input ?? {});
  if (read.success) return read.data;
  throw new DeputyError(
    "bad-input",
    'INPUT of a knowledge task is {"board": true, "documents": ["guide.md"]}, each of them optional.',
  );
}

/** The context's search, in the documents that the input names where it names some. */
export function searchIn(context: AgentContext, { documents }: Input): Search {
  if (documents === undefined) return (query, limit) => context.search(query, limit);
  const parts = documents.map((part) => part.toLowerCase());
  const isNamed = ({ origin, title }: Passage) =>
    parts.some((part) => origin.toLowerCase().includes(part) || title.toLowerCase().includes(part));
  return async (query, limit) => (await context.search(query, WIDE_LIMIT)).filter(isNamed).slice(0, limit);
}
