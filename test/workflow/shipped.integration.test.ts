import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WorkflowOutcome } from "#/lib/cli/workflow-outcome.ts";
import { ingest } from "#/lib/documents/ingest.ts";
import { ownDocuments } from "#/lib/launch/own-documents.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { readGraphOrder } from "#/lib/run/program-schema.ts";
import { startProgramRun } from "#/lib/run/start-program-run.ts";
import { fillWorkflow } from "#/lib/workflow/fill-workflow.ts";
import { listWorkflows, readWorkflowFile, workflowFolders } from "#/lib/workflow/list-workflows.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** The workflows that come with the product, without a model key and without a network, over its own documentation. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
  await ingest(world.context, { documents: ownDocuments() });
  await world.startWorker();
}, 60_000);
afterAll(() => world.close());

const folders = { ...workflowFolders(), own: "/nowhere" };
/** The egress proxy refuses it before a browser is started. */
const unreachable = "http://127.0.0.1/";

async function run(name: string, values: Record<string, string>): Promise<RunEvent[]> {
  const file = (await listWorkflows(folders)).find((known) => known.name === name);
  const reading = await readWorkflowFile(file?.path ?? "");
  if ("faults" in reading) throw new Error(JSON.stringify(reading.faults));
  const filling = fillWorkflow(reading.workflow, new Map(Object.entries(values)));
  if ("fault" in filling) throw new Error(filling.fault);
  const order = readGraphOrder(JSON.parse(JSON.stringify({ title: name, tasks: filling.steps })));
  return world.ended((await startProgramRun(world.context, order)).runId, 60_000);
}

function outcomeOf(events: readonly RunEvent[]) {
  const outcome = new WorkflowOutcome();
  for (const event of events) outcome.take(event);
  const statuses = Object.fromEntries(outcome.steps.map(({ ref, status }) => [ref, status]));
  return { statuses, shortfall: outcome.shortfall, text: outcome.text };
}

describe("as a program", () => {
  test.each([
    [
      "research-and-plan",
      { topic: "leases" },
      { basics: "completed", limits: "completed", plan: "completed" },
      "**Goal:** Adopting leases",
    ],
    [
      "compare-alternatives",
      { first: "leases", second: "dead letters" },
      { first: "completed", second: "completed", decision: "completed" },
      "A task that failed for good is a dead letter",
    ],
    [
      "verify-claim",
      { claim: "the browser agent refuses loopback addresses" },
      { vote: "completed", sources: "completed", next: "cancelled" },
      "# vote (knowledge)\n\n**yes**\n\n3 of 3 agree",
    ],
    [
      "web-page-report",
      { url: unreachable, question: "leases" },
      { page: "failed", documents: "completed", report: "completed" },
      "**Goal:** Write an outline",
    ],
    [
      "build-plan-with-review",
      { goal: "adding a new agent" },
      { background: "completed", draft: "completed", review: "completed", plan: "completed" },
      "3 of 3 agree",
    ],
    [
      "daily-digest",
      { page: unreachable },
      { news: "failed", "without-news": "completed", documents: "completed" },
      "dead letter",
    ],
  ])("%s brings something", async (name, values, expected, brought) => {
    const events = await run(name, values);
    expect(events.at(-1)?.type).toBe("run.completed");
    const { statuses, shortfall, text } = outcomeOf(events);
    expect(statuses).toEqual(expected);
    expect(shortfall).toBeNull();
    expect(text).toContain(brought);
  });
});

describe("in a message", () => {
  test("the steps are that person's delegations, with what no block can say, and are answered", async () => {
    const events = await world.ended(
      await world.ask(`/workflow web-page-report url=${unreachable} question=leases`),
      60_000,
    );
    const created = events.flatMap((event) =>
      event.type === "task.created" && event.data.agent !== "main" ? [event.data] : [],
    );
    expect(
      created.map(({ ref, author, dependsOn, attempts, condition }) => ({
        ref,
        author,
        dependsOn,
        attempts,
        condition,
      })),
    ).toEqual([
      { ref: "page", author: "user", dependsOn: [], attempts: 2, condition: undefined },
      { ref: "documents", author: "user", dependsOn: [], attempts: undefined, condition: undefined },
      { ref: "report", author: "user", dependsOn: ["page", "documents"], attempts: undefined, condition: "settled" },
    ]);
    expect(outcomeOf(events).statuses).toEqual({ page: "failed", documents: "completed", report: "completed" });
    expect(events.at(-1)?.type).toBe("run.completed");
  });

  test("a mistake is refused with how to write it, and none of its steps is dispatched", async () => {
    const events = await world.ended(await world.ask("/workflow web-page-report"), 60_000);
    const refusals = events.flatMap((event) => (event.type === "action.refused" ? [event.data.message] : []));
    expect(refusals).toEqual([
      expect.stringMatching(/^web-page-report needs url .*Write url="\.\.\." question="\.\.\."$/),
    ]);
    const authors = events.flatMap((event) => (event.type === "task.created" ? [event.data.author] : []));
    expect(authors).not.toContain("user");
  });
});
