import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { DelegateAction } from "#/lib/protocol/action.ts";
import { expandWorkflow } from "#/lib/workflow/expand-message.ts";
import {
  listWorkflows,
  readWorkflowFile,
  type WorkflowFolders,
  workflowFolders,
} from "#/lib/workflow/list-workflows.ts";
import { writeWorkflow } from "#/lib/workflow/write-workflow.ts";
import { temporaryFolder } from "#/test/support/folder.ts";
import { workflowOf } from "#/test/workflow/random-workflow.ts";

const look = workflowOf(
  [
    { id: "find", agent: "knowledge", task: "Find {{topic}} in {{place}}", retries: 1 },
    { id: "plan", agent: "planner", task: "Plan {{topic}}", after: ["find"], condition: "settled" },
  ],
  { topic: { description: "what to find" }, place: { default: "the documents" } },
);

let folders: WorkflowFolders;
beforeEach(() => {
  const root = temporaryFolder();
  folders = { shipped: join(root, "shipped"), own: join(root, "own") };
  mkdirSync(folders.shipped);
  writeFileSync(join(folders.shipped, "look.yaml"), writeWorkflow(look));
  writeFileSync(join(folders.shipped, "other.yaml"), writeWorkflow({ ...look, title: "Shipped" }));
  writeFileSync(join(folders.shipped, "notes.txt"), "no workflow");
});

function keep(name: string, text: string): void {
  mkdirSync(folders.own, { recursive: true });
  writeFileSync(join(folders.own, name), text);
}

async function delegates(message: string) {
  const expanded = await expandWorkflow(message, folders);
  if (expanded === null || "fault" in expanded) throw new Error(JSON.stringify(expanded));
  return expanded.delegates;
}
const tasks = async (message: string) => (await delegates(message)).map(({ task }) => task);
const fault = async (message: string) => {
  const expanded = await expandWorkflow(message, folders);
  return expanded && "fault" in expanded ? expanded.fault : expanded;
};

describe("/workflow in a message", () => {
  test("becomes the delegations of the workflow", async () => {
    const found = await delegates("/workflow look topic=leases");
    expect(found).toEqual([
      {
        kind: "delegate",
        id: "find",
        agentType: "knowledge",
        task: "Find leases in the documents",
        dependsOn: [],
        mode: "parallel",
        priority: "normal",
        strict: true,
        attempts: 2,
      },
      {
        kind: "delegate",
        id: "plan",
        agentType: "planner",
        task: "Plan leases",
        dependsOn: ["find"],
        mode: "parallel",
        priority: "normal",
        strict: true,
        condition: "settled",
      },
    ]);
    for (const delegate of found) expect(DelegateAction.safeParse(delegate).success).toBe(true);
  });

  test.each([
    ['topic="two words"', "Plan two words"],
    ["topic='it \"is\"'", 'Plan it "is"'],
    ['topic="a \\"b\\" \\\\ \\n"', 'Plan a "b" \\ \\n'],
    ['place=here\n topic="on\ntwo lines" ', "Plan on\ntwo lines"],
    ["topic=a=b", "Plan a=b"],
    ["topic={{place}}", "Plan {{place}}"],
  ])("reads values from %s", async (values, task) => {
    expect((await tasks(`/workflow look ${values}`))[1]).toBe(task);
  });

  test.each([
    "What is /workflow look?",
    " /workflow look",
    "/workflows",
    "/workflow-look topic=x",
    "",
    "hello\n/workflow look",
  ])("is not what %j is", async (message) => {
    expect(await expandWorkflow(message, folders)).toBeNull();
  });

  test.each([
    ["/workflow", 'Name a workflow. There are: look, other. Write /workflow name key="value".'],
    ["/workflow lok topic=x", /^There is no workflow "lok". Did you mean look\? There are: look, other\./],
    ["/workflow ../look", /^There is no workflow "..\/look"/],
    ["/workflow look", 'test needs topic (what to find). Write topic="..."'],
    ["/workflow look leases", '"leases" is not of the form key=value or key="two words".'],
    ['/workflow look topic="open', /^"topic=\\"open" is not of the form/],
    ['/workflow look topic="a"b', /is not of the form/],
    ["/workflow look topic=a topic=b", "topic is given twice."],
    ["/workflow look topics=a", 'test has no input "topics". Did you mean topic?'],
  ])("with a mistake says how to write it: %j", async (message, words) => {
    expect(await fault(message)).toMatch(words);
  });

  test("names the line of a mistake in the file", async () => {
    keep("broken.yaml", "deputy: 1\nname: broken\ntitle: B\nsteps: 5\n");
    expect(await fault("/workflow broken")).toBe("broken.yaml:4:8: `steps` must be a list.");
  });

  test("takes long hostile values in a moment", async () => {
    const values = `${'topic="'.repeat(20_000)} ${"\\".repeat(20_000)}`;
    expect(await fault(`/workflow look ${values}`)).toMatch(/is not of the form/);
  });
});

describe("the workflows there are", () => {
  test("are those of both folders by name, and the own one where both have it", async () => {
    keep("other.json", JSON.stringify({ ...look, title: "Own" }));
    keep("Bad Name.yaml", "");
    const files = await listWorkflows(folders);
    expect(files.map(({ name, isOwn }) => [name, isOwn])).toEqual([
      ["look", false],
      ["other", true],
    ]);
    const reading = await readWorkflowFile(files[1]?.path ?? "");
    expect("workflow" in reading && reading.workflow.title).toBe("Own");
  });

  test("are found where the product is", async () => {
    const files = await listWorkflows({ ...workflowFolders(), own: folders.own });
    expect(files.map(({ name }) => name)).toEqual([
      "build-plan-with-review",
      "compare-alternatives",
      "daily-digest",
      "research-and-plan",
      "verify-claim",
      "web-page-report",
    ]);
  });

  test("of which one cannot be read say so", async () => {
    mkdirSync(join(folders.own, "dir.yaml"), { recursive: true });
    const reading = await readWorkflowFile(join(folders.own, "dir.yaml"));
    expect("faults" in reading && reading.faults[0]?.message).toMatch(/^The file cannot be read: /);
    const large = await readWorkflowFile("/dev/zero");
    expect("faults" in large && large.faults[0]?.message).toMatch(/more than 256 KB/);
  });
});
