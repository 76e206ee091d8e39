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
  const steps = story.tasks.filter(({ spec }) => spec.part === undefined);
  const vote = steps.find(({ spec }) => spec.mode === "consensus");
  const ifFailed = steps.filter(({ spec }) => spec.condition === "failed");
  const always = steps.filter((step) => !ifFailed.includes(step));
  return [
    check(
      "its steps are the tasks of the run, with the hole filled in",
      steps.length > 1 && steps.every(({ spec }) => spec.task.includes("the firm Kestrel")),
      steps.map(({ ref, spec }) => `${ref}: ${spec.task}`).join("; "),
    ),
    check(
      "a step may be a group of its own",
      vote?.result?.consensus?.reached === true && partsOf(story, vote.ref).length === vote.spec.voters,
      vote === undefined ? "no vote" : statuses(partsOf(story, vote.ref)),
    ),
    check(
      "a step with the condition `failed` is not done when nothing failed",
      ifFailed.length > 0 && ifFailed.every(({ status, claims }) => status === "cancelled" && claims === 0),
      ifFailed.map(({ ref, reason }) => `${ref}: ${reason}`).join("; "),
    ),
    check(
      "the others are done",
      always.every(({ status }) => status === "completed"),
      statuses(always),
    ),
  ];
}

export function judgeResearch(story: Story): Check[] {
  const inOrder = story.tasks.every(({ spec, claimedAt }) => {
    return spec.dependsOn.every((ref) => taskOf(story, ref).settledAt < claimedAt);
  });
  const isChained = story.tasks.some(({ spec }) => spec.dependsOn.length > 0);
  return [
    check(
      "every step settles once, each after what it depends on",
      isChained && inOrder && story.tasks.every(({ status, outcomes }) => status === "completed" && outcomes === 1),
      statuses(story.tasks),
    ),
  ];
}
