import { z } from "zod";
import { DeputyError } from "#/lib/errors.ts";
import { delegation } from "#/test/demo/blocks.ts";
import { type Check, check, statuses } from "#/test/demo/check.ts";
import type { Pattern } from "#/test/demo/stage.ts";
import { ofType, type Story, taskOf } from "#/test/demo/story.ts";

const Changed = z.looseObject({ dropped: z.array(z.string()), changed: z.array(z.string()) });
const later = "When was the lighthouse Mira lit?";

/** Waits at the board for three seconds: time enough to change what comes behind it. */
const begun = { AGENT_TYPE: "knowledge", ID: "begun", TASK: "Who built the vault Orion?", INPUT: { board: true } };
const pending = { AGENT_TYPE: "knowledge", ID: "pending", DEPENDS_ON: "begun", TASK: "Where is the tower Vega?" };
const doomed = { AGENT_TYPE: "planner", ID: "doomed", DEPENDS_ON: "begun", TASK: "Write a plan for the tower Vega" };

export const replan: Pattern = {
  name: "replan",
  promise:
    "what has not started can be changed while the run goes on, what has started stays, and the change is an event",
  async play(stage) {
    const run = await stage.begin(
      "A chain whose first task has begun",
      [begun, pending, doomed].map(delegation).join("\n"),
    );
    await run.seen("the first task to begin", ({ type, agent }) => type === "task.claimed" && agent === "knowledge");
    const path = `/api/runs/${run.runId}/plan`;
    stage.say("Asked to change the task that has begun (POST /api/runs/<id>/plan)");
    const refusal = await stage.server.post(path, { change: [{ ref: "begun", task: later }] }, Changed).then(
      () => "nothing",
      (error: unknown) => (error instanceof DeputyError ? error.code : String(error)),
    );
    stage.say(`It was refused: ${refusal}. Now to change one that waits, to drop another, and to add a third`);
    const add = [
      { ref: "added", agent: "knowledge", task: "Where does Kestrel keep its codes?", dependsOn: ["pending"] },
    ];
    const order = {
      reason: "The tower is of no interest.",
      drop: ["doomed"],
      change: [{ ref: "pending", task: later }],
      add,
    };
    await stage.server.post(path, order, Changed);
    return judgeReplan(await run.ended(), refusal);
  },
};

export function judgeReplan(story: Story, refusal: string): Check[] {
  const [first, changed, dropped, added] = ["begun", "pending", "doomed", "added"].map((ref) => taskOf(story, ref));
  const changes = ofType(story.events, "plan.changed");
  const at = changes[0]?.seq ?? 0;
  if (!first || !changed || !dropped || !added) throw new Error("a task is missing");
  return [
    check("what has started is not changed", refusal === "task-started", `the answer was ${refusal}`),
    check(
      "the change is one event, while the run goes on",
      changes.length === 1 && at > first.claimedAt && at < first.settledAt,
      `event ${at}, between the claim (${first.claimedAt}) and the end (${first.settledAt}) of begun`,
    ),
    check(
      "the pending task ran in its new words",
      changed.spec.task === later && changed.claimedAt > at && (changed.result?.text.includes("1874") ?? false),
      `${changed.ref} found: ${changed.result?.text.split("\n")[0]?.slice(0, 60) ?? "nothing"}`,
    ),
    check(
      "the dropped task never started",
      dropped.status === "cancelled" && dropped.claims === 0 && dropped.reason !== "",
      `${dropped.ref} ${dropped.status}: ${dropped.reason}`,
    ),
    check(
      "the added task ran, and what had started was left alone",
      added.status === "completed" &&
        added.claimedAt > changed.settledAt &&
        first.status === "completed" &&
        first.claims === 1,
      statuses([first, added]),
    ),
  ];
}
