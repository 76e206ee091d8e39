import { DeputyError } from "#/lib/errors.ts";
import { consensusResult, countVotes } from "#/lib/graph/consensus.ts";
import type { Context } from "#/lib/run/context.ts";
import { type Group, type Part, whyAllFailed } from "#/lib/run/group/parts.ts";
import { type PartOrder, spawnParts } from "#/lib/run/group/spawn-parts.ts";
import { completeTask, failTask, type Settled } from "#/lib/run/settle-task.ts";

const USUAL_VOTERS = 3;
const USUAL_AGREEMENT = 0.6;

/**
 * MODE consensus: the same task is given to several voters who know nothing of each other; when the last has settled, the
 * votes are counted. A vote without consensus is a result, too, and says so; one in which no voter brought anything fails.
 */
export async function advanceVote(context: Context, group: Group, parts: readonly Part[]): Promise<Settled | "left"> {
  if (parts.length === 0) {
    await spawnParts(context, group, votersOf(group));
    return "left";
  }
  const why = whyAllFailed(parts);
  if (why !== null) {
    return failTask(context, group, new DeputyError("voters-failed", `None of its voters gave an answer. ${why}`));
  }
  const ballots = parts.map(({ spec, result, error }) => {
    return { ref: spec.ref, agent: spec.agent, ...(result && { result }), ...(error && { error: error.message }) };
  });
  const consensus = countVotes(ballots, group.spec.minAgreement ?? USUAL_AGREEMENT);
  return completeTask(context, group, consensusResult(consensus, ballots));
}

function votersOf({ spec }: Group): PartOrder[] {
  const of = spec.voters ?? USUAL_VOTERS;
  return Array.from({ length: of }, (_, index) => {
    const number = index + 1;
    return { number, name: `v${number}`, agent: spec.agent, part: { kind: "vote", number, of } };
  });
}
