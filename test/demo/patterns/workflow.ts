import { type Check, check, statuses } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { partsOf, type Story, taskOf } from "#/test/demo/story.ts";

export const workflow: Pattern = {
  name: "workflow",
  promise: "a graph that is kept as a file runs with its holes filled, its conditions kept, and every step settled",
  async play(stage) {
    const verify = await stage.ask(
      "workflows/verify-claim.yaml",
      '/workflow verify-claim claim="the vault Orion was built by the firm Kestrel"',
    );
    const research = await stage.ask(
      "workflows/research-and-plan.yaml",
      '/workflow research-and-plan topic="the lighthouse Mira"',
    );
    return [...judgeVerify(verify), ...judgeResearch(research)];
  },
};

export function judgeVerify(story: Story): Check[] {
  const [vote, against, next] = ["vote", "against", "next"].map((ref) => taskOf(story, ref));
  return [
    check(
      "its steps are the tasks of the run, with the hole filled in",
      vote?.spec.task.includes("the firm Kestrel") === true && vote.spec.mode === "consensus",
      `vote: ${vote?.spec.task}`,
    ),
    check(
      "a step may be a group of its own",
      partsOf(story, "vote").length === 3 && vote?.result?.consensus?.reached === true,
      statuses(partsOf(story, "vote")),
    ),
    check(
      "a step with the condition `failed` is not done when nothing failed",
      against?.status === "completed" && next?.status === "cancelled" && next.claims === 0,
      `next ${next?.status}: ${next?.reason}`,
    ),
  ];
}

export function judgeResearch(story: Story): Check[] {
  const [basics, limits, plan] = ["basics", "limits", "plan"].map((ref) => taskOf(story, ref));
  const before = Math.max(basics?.settledAt ?? 0, limits?.settledAt ?? 0);
  return [
    check(
      "every step settled, each after what it depends on",
      story.tasks.every(({ outcomes }) => outcomes === 1) && plan?.status === "completed" && plan.claimedAt > before,
      statuses(story.tasks),
    ),
  ];
}
