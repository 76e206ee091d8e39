import { delegation } from "#/test/demo/blocks.ts";
import { type Check, check, statuses } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { ofType, partsOf, type Story, type TaskStory, taskOf } from "#/test/demo/story.ts";

const ways = ["concat", "merge", "vote"] as const;
const comparison = "Compare the vault Orion and the lighthouse Mira";

export const hierarchical: Pattern = {
  name: "hierarchical",
  promise:
    "an agent delegates in turn, through the same gate; it ends after all of its own, and their results become one",
  async play(stage) {
    const plan = await stage.ask(
      "A planner that has parts of its plan done by others",
      "/hierarchical planner Write a plan for opening the vault Orion",
    );
    const blocks = ways.map((way) =>
      delegation({ AGENT_TYPE: "knowledge", ID: way, MODE: "hierarchical", AGGREGATE: way, TASK: comparison }),
    );
    const three = await stage.ask("The same work, put together in three ways", blocks.join("\n"));
    return [...judgeTree(plan, "t1"), ...judgeWays(three)];
  },
};

export function judgeTree(story: Story, ref: string): Check[] {
  const parent = taskOf(story, ref);
  const children = partsOf(story, ref);
  const agents = [...new Set(children.map(({ spec }) => spec.agent))];
  const accepted = ofType(story.events, "action.accepted").filter(({ data }) => data.author === "agent");
  return [
    check(
      "its tasks stand below it, and others do them",
      children.length > 1 && agents.some((agent) => agent !== parent.spec.agent),
      `${ref} (${parent.spec.agent}) has ${children.map(({ ref, spec }) => `${ref} (${spec.agent})`).join(", ")}`,
    ),
    check(
      "each passed the gate, with the agent as its author",
      accepted.length === children.length,
      `${accepted.length} accepted delegations of the agent for ${children.length} tasks`,
    ),
    check(
      "the parent is completed after all of them",
      endsLast(parent, children),
      `the last child ended as event ${Math.max(...children.map(({ settledAt }) => settledAt))}, ${ref} as event ${parent.settledAt}`,
    ),
    judgeAggregate(story, ref, "concat"),
  ];
}

export function judgeWays(story: Story): Check[] {
  return ways.slice(1).map((way) => judgeAggregate(story, way, way));
}

function judgeAggregate(story: Story, ref: string, how: string): Check {
  const parent = taskOf(story, ref);
  const children = partsOf(story, ref);
  const from = parent.result?.aggregated?.from ?? [];
  const isSo =
    endsLast(parent, children) && parent.result?.aggregated?.how === how && from.join() === refsOf(children).join();
  return check(
    `${how}: the results of all of them became one`,
    isSo,
    from.length === 0 ? statuses([parent, ...children]) : `${ref} was made from ${from.join(", ")}`,
  );
}

function endsLast(parent: TaskStory, children: readonly TaskStory[]): boolean {
  const ended = children.every(({ settledAt }) => settledAt > 0 && settledAt < parent.settledAt);
  return parent.status === "completed" && children.length > 0 && ended;
}

function refsOf(tasks: readonly TaskStory[]): string[] {
  return tasks.map(({ ref }) => ref);
}
