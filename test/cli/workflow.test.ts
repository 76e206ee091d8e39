import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";
import { FakeServer, json, logOf, runId } from "#/test/cli/fake-server.ts";
import { typed } from "#/test/cli/typed.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

const deputy = (...words: string[]) => typed(["workflow", ...words]);

function fileOf(text: string, name = "mine.yaml"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

const mine = `deputy: 1
name: mine
title: Mine
inputs:
  topic: {}
steps:
  - {id: find, agent: knowledge, task: "Find {{topic}}", retries: 1}
  - {id: plan, agent: planner, task: "Plan {{topic}}", after: [find]}
`;

describe("deputy workflow list", () => {
  test("prints each with who made it, its inputs, and what it is", async () => {
    const { stdout, status } = await deputy("list");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/\s{2,}/));
    expect(lines[0]).toEqual(["NAME", "FROM", "INPUTS", "WHAT IT IS"]);
    expect(lines).toContainEqual(["verify-claim", "deputy", "claim", "Verify a claim by vote"]);
    expect(lines).toContainEqual(["compare-alternatives", "deputy", "first second [criteria]", "Compare alternatives"]);
    expect(status).toBe(0);
  });

  test("prints one object with --json", async () => {
    const { workflows } = JSON.parse((await deputy("list", "--json")).stdout);
    expect(workflows).toContainEqual(
      expect.objectContaining({ name: "verify-claim", own: false, title: "Verify a claim by vote" }),
    );
  });
});

describe("deputy workflow show", () => {
  test("prints the file alone on standard output", async () => {
    const { stdout, stderr, status } = await deputy("show", "research-and-plan");
    expect(stdout).toMatch(/^# Run it: {6}deputy workflow run research-and-plan --set topic="..."\n/);
    expect(stderr).toMatch(/^from .*workflows\/research-and-plan\.yaml\n$/);
    expect(status).toBe(0);
  });

  test("ends with status 1 and the names there are for an unknown one", async () => {
    const { stderr, status } = await deputy("show", "research-and-plans");
    expect([status, stderr]).toEqual([
      1,
      "deputy: There is no workflow research-and-plans. Did you mean research-and-plan?\n",
    ]);
  });
});

describe("deputy workflow check", () => {
  test("names file, line, column and reason of each mistake and ends with status 1", async () => {
    const good = fileOf(mine);
    const bad = fileOf(mine.replace("knowledge", "knowlege").replace("[find]", "[fnd]"));
    const { stdout, status } = await deputy("check", good, bad);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(new RegExp(`^${bad}:7:23: .*Did you mean knowledge\\?`));
    expect(lines[1]).toBe(`${bad}:8:64: There is no step "fnd". Did you mean find?`);
    expect(lines.slice(2)).toEqual(["2 files, 1 with mistakes"]);
    expect(status).toBe(1);
  });

  test("says so when all is good, warnings or not", async () => {
    const good = fileOf(mine);
    expect(await deputy("check", good)).toEqual({ status: 0, stdout: "1 file, no mistakes\n", stderr: "" });
    const other = fileOf(mine.replace("topic: {}", "topic: {}\n  more: {}"), "other.yaml");
    const { stdout, status } = await deputy("check", other);
    expect(stdout).toBe(
      `${other}:6:3: warning: No step uses the input "more".\n` +
        `${other}:1:1: warning: The file is called other and the workflow mine; it is found under other.\n` +
        "1 file, no mistakes\n",
    );
    expect(status).toBe(0);
  });

  test("says why a file cannot be read", async () => {
    const { stdout, status } = await deputy("check", "/nowhere/at-all.yaml");
    expect(stdout).toMatch(/^\/nowhere\/at-all\.yaml:1:1: The file cannot be read: ENOENT/);
    expect(status).toBe(1);
  });
});

describe("deputy workflow check, where a step has an input", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await FakeServer.start();
  });
  afterEach(() => server.stop());

  const visits = `${mine}  - {id: visit, agent: browser, task: "{{topic}}", input: {url: "{{topic}}", tables: maybe}}\n`;
  const takes = { type: "object", properties: { url: { type: "string" }, tables: { type: "boolean" } } };

  test("compares it with what the agents of the server take", async () => {
    const agents = [{ type: "browser", inputSchema: takes }, { type: "code" }];
    server.on("GET", /^\/api\/agents$/, (_, reply) => json(reply, 200, { agents }));
    const [path, good] = [fileOf(visits), fileOf(visits.replace("maybe", "true"))];
    const { stdout, stderr, status } = await deputy("check", path, good, "--url", server.url);
    const reason = "`input.tables`: It has to be true or false, and is a text. This is for the browser agent.";
    expect(stdout).toBe(`${path}:9:86: ${reason}\n2 files, 1 with mistakes\n`);
    expect([stderr, status, server.requests.length]).toEqual(["", 1, 1]);
  });

  test("checks the rest without a server, and says so", async () => {
    await server.stop();
    const { stdout, stderr, status } = await deputy("check", fileOf(visits), "--url", server.url);
    expect([stdout, status]).toEqual(["1 file, no mistakes\n", 0]);
    expect(stderr).toContain(
      "What stands in `input` was not compared with what the agents take. No Deputy server answers",
    );
  });

  test("asks no server where none has one", async () => {
    expect((await deputy("check", fileOf(mine), "--url", server.url)).status).toBe(0);
    expect(server.requests).toEqual([]);
  });
});

describe("deputy workflow run", () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await FakeServer.start();
  });
  afterEach(() => server.stop());
  const run = (...words: string[]) => deputy("run", ...words, "--url", server.url);

  function serve(log: readonly RunEvent[]): void {
    server.serveRun(log);
    server.on("POST", /^\/api\/runs$/, (_, reply) => json(reply, 201, { runId, tasks: [] }));
  }

  test("starts its filled steps as a run, and prints what they brought", async () => {
    serve(runOf(completed("find", "found"), completed("plan", "**the plan**\n")));
    const { stdout, stderr, status } = await run(fileOf(mine), "--set", "topic=task=leases");
    const [request] = server.requests;
    expect([request?.method, request?.path]).toEqual(["POST", "/api/runs"]);
    expect(JSON.parse(request?.body ?? "")).toEqual({
      title: "Mine: task=leases",
      tasks: [
        { ...words, ref: "find", agent: "knowledge", task: "Find task=leases", dependsOn: [], attempts: 2 },
        { ...words, ref: "plan", agent: "planner", task: "Plan task=leases", dependsOn: ["find"] },
      ],
    });
    expect(stdout).toBe("# find (knowledge)\n\nfound\n\n# plan (planner)\n\n**the plan**\n");
    expect(stderr).toContain(`run ${runId}`);
    expect(stderr).toContain("find done in 0.1 s");
    expect(status).toBe(0);
  });

  test("prints one object with the outcome of each step with --json", async () => {
    serve(runOf(completed("find", "found"), failed("plan")));
    const { stdout, stderr, status } = await run(fileOf(mine), "--set", "topic=x", "--json");
    expect(JSON.parse(stdout)).toEqual({
      runId,
      status: "completed",
      tasks: [
        { ref: "find", agent: "knowledge", status: "completed", text: "found" },
        { ref: "plan", agent: "planner", status: "failed", error: { code: "broken", message: "It broke." } },
      ],
    });
    expect([stderr, status]).toEqual(["", 1]);
  });

  test.each([
    ["a step whose condition was not met", [completed("vote", "yes"), cancelled("next")], 0],
    ["a failure from which another step went on", [failed("vote"), completed("next", "so be it")], 0],
    ["a failure at the end", [completed("vote", "yes"), failed("next")], 1],
    ["a failure that ends the way of others", [failed("vote"), cancelled("next")], 1],
    ["nothing that was brought", [cancelled("vote"), cancelled("next")], 1],
  ])("ends, when the run is completed with %s, with status and says why", async (_, settled, expected) => {
    serve(runWith([task("vote"), task("next", ["vote"])], ...settled));
    const { status, stderr } = await run(fileOf(mine), "--set", "topic=x");
    expect([status, stderr.includes("deputy: It did not reach its end: ")]).toEqual([expected, expected === 1]);
  });

  test("counts a step for which nobody was found as failed", async () => {
    serve(runWith([task("vote"), task("next", [], "main")], completed("vote", "yes"), failed("next")));
    const { status, stderr } = await run(fileOf(mine), "--set", "topic=x");
    expect(status).toBe(1);
    expect(stderr).toContain("deputy: It did not reach its end: next failed, and no step went on from there.\n");
  });

  test("prints a single result without a heading, and without control characters", async () => {
    serve(runWith([task("one"), task("two")], completed("one", "a\u001b[31m"), failed("two")));
    expect((await run(fileOf(mine), "--set", "topic=x")).stdout).toBe("a[31m\n");
  });

  test("leaves out what a step makes of itself", async () => {
    const vote: NewEvent = {
      type: "task.created",
      taskId: "v1",
      agent: "knowledge",
      data: {
        ...words,
        ref: "find.v1",
        agent: "knowledge",
        task: "x",
        author: "program",
        dependsOn: [],
        part: { kind: "vote", number: 1, of: 1 },
      },
    };
    serve(runWith([task("find"), vote], { ...completed("v1", "mine alone") }, completed("find", "all")));
    expect((await run(fileOf(mine), "--set", "topic=x")).stdout).toBe("all\n");
  });

  test.each([
    ["run.failed", 1],
    ["run.cancelled", 130],
  ] as const)("ends as deputy ask does when the last event is %s", async (type, expected) => {
    const end: NewEvent =
      type === "run.failed"
        ? { type, data: { milliseconds: 1, error: { code: "late", message: "Too late." } } }
        : { type, data: { milliseconds: 1, by: "user", reason: "stopped" } };
    serve(logOf([started, end]));
    expect((await run(fileOf(mine), "--set", "topic=x")).status).toBe(expected);
  });

  test.each([
    [[], 2, "deputy: mine needs topic. Write --set topic=...\n"],
    [["--set", "topic"], 2, "deputy: --set topic is not of the form --set name=value.\n"],
    [["--set", "topic=a", "--set", "topic=b"], 2, "deputy: --set topic=... is given twice.\n"],
    [["--set", "topic=a", "--set", "tpic=b"], 2, 'deputy: mine has no input "tpic". Did you mean topic?\n'],
  ])("with %j asks no server", async (words, status, stderr) => {
    expect(await run(fileOf(mine), ...words)).toEqual({ status, stdout: "", stderr });
    expect(server.requests).toEqual([]);
  });

  test("names the mistakes of a file that cannot be used", async () => {
    const { status, stderr } = await run(fileOf(mine.replace("knowledge", "nobody")), "--set", "topic=x");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^deputy: .*mine\.yaml:7:23: `steps\[1\]\.agent` cannot be "nobody"/);
  });

  test("passes on why the server does not take it", async () => {
    server.on("POST", /^\/api\/runs$/, (_, reply) =>
      json(reply, 400, { code: "budget", message: "At most 32 tasks." }),
    );
    const { status, stderr } = await run("verify-claim", "--set", "claim=x");
    expect([status, stderr]).toEqual([1, "deputy: At most 32 tasks.\n"]);
  });
});

const words = { mode: "parallel", priority: "normal", strict: true } as const;
const started: NewEvent = {
  type: "run.started",
  data: { conversationId: "c", messageId: "m", text: "Mine", rootTaskId: "root", offline: true, program: true },
};

function task(ref: string, dependsOn: string[] = [], agent: "knowledge" | "planner" | "main" = "knowledge"): NewEvent {
  return {
    type: "task.created",
    taskId: ref,
    agent,
    data: { ...words, ref, agent, task: ref, author: "program", dependsOn },
  };
}

function completed(taskId: string, text: string): NewEvent {
  return { type: "task.completed", taskId, data: { milliseconds: 100, result: { text, evidence: [], artifacts: [] } } };
}

function failed(taskId: string): NewEvent {
  return { type: "task.failed", taskId, data: { error: { code: "broken", message: "It broke." }, attempts: 1 } };
}

function cancelled(taskId: string): NewEvent {
  return { type: "task.cancelled", taskId, data: { reason: "its condition was not met" } };
}

function runWith(created: readonly NewEvent[], ...settled: NewEvent[]): RunEvent[] {
  return logOf([started, ...created, ...settled, { type: "run.completed", data: { milliseconds: 1_000 } }]);
}

function runOf(...settled: NewEvent[]): RunEvent[] {
  return runWith([task("find"), task("plan", ["find"], "planner")], ...settled);
}
