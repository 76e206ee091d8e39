import { type Check, check, statuses } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { millisecondsBetween, type Story, taskOf } from "#/test/demo/story.ts";

/** At the board an agent waits three seconds for notes of others: so there is something to run side by side. */
const working = [
  knowledgeTask("vault", "Who built the vault Orion?", "vault-orion.md"),
  knowledgeTask("firm", "Where does Kestrel keep its codes?", "firm-kestrel.md"),
  knowledgeTask("bridge", "How many arches has the bridge Vega?", "bridge-survey.md"),
  knowledgeTask("lighthouse", "When was the lighthouse Mira lit?", "lighthouse-mira.md"),
];
const failing = { ref: "failing", agent: "review", task: "Review the vault Orion" };

export const parallel: Pattern = {
  name: "parallel",
  promise: "all that is ready starts at once, it takes as long as the slowest, and a failure leaves the others alone",
  async play(stage) {
    const tasks = [...working, failing];
    return judgeFan(await stage.order("Four tasks of three seconds and one that fails", { title: "A fan", tasks }));
  },
};

export function judgeFan(story: Story): Check[] {
  const failed = taskOf(story, failing.ref);
  const fan = story.tasks.filter(({ ref }) => ref !== failing.ref);
  const lastClaim = Math.max(...fan.map(({ claimedAt }) => claimedAt));
  const firstEnd = Math.min(...fan.map(({ settledAt }) => settledAt));
  const lastEnd = Math.max(...fan.map(({ settledAt }) => settledAt));
  const wallMs = millisecondsBetween(story, Math.min(...fan.map(({ createdAt }) => createdAt)), lastEnd);
  const times = fan.map(({ milliseconds }) => milliseconds);
  const [slowest, all] = [Math.max(...times), times.reduce((sum, ms) => sum + ms, 0)];
  return [
    check(
      "all of them run before the first has ended",
      fan.every(({ claims }) => claims > 0) && lastClaim < firstEnd,
      `the last was claimed as event ${lastClaim}, the first ended as event ${firstEnd}`,
    ),
    check(
      "together they take about as long as the slowest",
      wallMs < 1.5 * slowest && wallMs < all / 2,
      `${seconds(wallMs)} together, ${seconds(slowest)} the slowest, ${seconds(all)} one after the other`,
    ),
    check(
      "one failure leaves the others alone",
      failed.status === "failed" && fan.every(({ status }) => status === "completed"),
      `${statuses(story.tasks)} (${failed.reason})`,
    ),
  ];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

function knowledgeTask(ref: string, task: string, document: string) {
  return { ref, agent: "knowledge", task, input: { board: true, documents: [`demo/documents/${document}`] } };
}
