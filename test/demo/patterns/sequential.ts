import { delegation } from "#/test/demo/blocks.ts";
import { type Check, check, statuses } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { type Story, taskOf } from "#/test/demo/story.ts";

/** Nobody has registered this agent: its tasks fail at once, and for certain. */
const fails = { AGENT_TYPE: "review", TASK: "Review the vault Orion" };
const found = { AGENT_TYPE: "knowledge", MODE: "sequential", TASK: "Who built the vault Orion?" };
const planned = { AGENT_TYPE: "planner", MODE: "sequential", TASK: "Write a plan for opening the vault Orion" };
const plan = {
  goal: "Open the vault",
  steps: [
    { id: "t1", title: "Review it", agent: "review", dependsOn: [], complexity: 2, acceptance: "It was reviewed" },
  ],
};

export const sequential: Pattern = {
  name: "sequential",
  promise:
    "B starts after A and is given A's result; a strict failure cancels the rest, any other lets it go on and be told",
  async play(stage) {
    const chain = await stage.ask(
      "A chain of two, by a short form",
      `/sequential\nknowledge: ${found.TASK}\nplanner: ${planned.TASK}`,
    );
    const strict = await stage.ask(
      "A chain whose first link fails, STRICT",
      [fails, found, planned].map(delegation).join("\n"),
    );
    const lenient = await stage.ask(
      "The same, STRICT: false",
      [
        { ...fails, STRICT: "false" },
        { ...planned, TASK: "Sum up the plan", INPUT: { plan } },
      ]
        .map(delegation)
        .join("\n"),
    );
    return [...judgeChain(chain), ...judgeStrict(strict), ...judgeLenient(lenient)];
  },
};

export function judgeChain(story: Story): Check[] {
  const [first, second] = [taskOf(story, "t1"), taskOf(story, "t2")];
  const title = first.result?.evidence[0]?.source.title ?? "";
  return [
    check(
      "B starts after A has been completed",
      first.status === "completed" && first.settledAt < second.claimedAt,
      `t1 completed as event ${first.settledAt}, t2 claimed as event ${second.claimedAt}`,
    ),
    check(
      "B builds on what A found",
      title !== "" && (second.result?.text.includes(`"${title}"`) ?? false),
      title === "" ? "t1 found nothing" : `the plan of t2 names the page "${title}" that t1 found`,
    ),
  ];
}

export function judgeStrict(story: Story): Check[] {
  const rest = story.tasks.filter(({ ref }) => ref !== "t1");
  return [
    check(
      "a strict failure cancels the rest before it starts",
      rest.length === 2 && rest.every(({ status, claims }) => status === "cancelled" && claims === 0),
      statuses(story.tasks),
    ),
    check(
      "each is told which one was lost",
      rest.every(({ spec, reason }) => spec.dependsOn.some((ref) => reason.includes(ref))),
      rest.map(({ ref, reason }) => `${ref}: ${reason}`).join(" "),
    ),
  ];
}

export function judgeLenient(story: Story): Check[] {
  const [first, second] = [taskOf(story, "t1"), taskOf(story, "t2")];
  return [
    check(
      "without STRICT it goes on",
      first.status === "failed" && second.status === "completed",
      statuses(story.tasks),
    ),
    check(
      "and is told what is missing",
      second.result?.text.includes(first.reason) ?? false,
      `t2 says of t1: "${lineWith(second.result?.text ?? "", first.reason)}"`,
    ),
  ];
}

function lineWith(text: string, words: string): string {
  return (
    text
      .split("\n")
      .find((line) => line.includes(words))
      ?.trim() ?? "nothing"
  );
}
