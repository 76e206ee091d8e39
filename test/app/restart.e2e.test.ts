import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { ask, desktop, textOf, visit } from "#/test/support/browse.ts";
import { deputy } from "#/test/support/deputy.ts";
import type { Script } from "#/test/support/openai-server.ts";
import { type ScriptedProduct, startScriptedProduct } from "#/test/support/scripted-product.ts";
import { until } from "#/test/support/until.ts";

/** Processes killed with -9 in the middle of a run, under the launcher's own supervision. */
let stage: ScriptedProduct;

beforeAll(async () => {
  stage = await startScriptedProduct();
});
afterAll(() => stage?.close());
const plan = "ACTION: PLAN\nSTEPS:\n1. Look it up\n---END---\n";
const delegate = "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: How are tasks delivered?\n---END---\n";
const sentence = "Every word of this sentence is said once. ";

/** A model that knows its phase: it plans and delegates, and then answers slowly; once cut off, it says the rest. */
const script: Script = (request) => {
  if (request.said("system").includes("PHASE: PLANNING")) {
    return { text: `${plan}${delegate}Let me think about this for a while.`, chunk: 20, delayMs: 60 };
  }
  if (request.said("system").includes("PHASE: EXECUTING")) return { text: "Nothing more to hand out." };
  if (request.said("system").includes("PHASE: LEARNING")) return { text: "And this is the end." };
  return { text: `ACTION: VERIFY\nVERDICT: pass\n---END---\n${sentence.repeat(8)}`, chunk: 6, delayMs: 40 };
};

async function post(text: string): Promise<string> {
  const messages = [{ id: randomUUID(), role: "user", parts: [{ type: "text", text }] }];
  const response = await fetch(`${stage.product.baseUrl}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: randomUUID(), messages }),
  });
  expect(response.status).toBe(200);
  await response.body?.cancel();
  return response.headers.get("x-run-id") ?? "";
}

async function eventsOf(runId: string): Promise<RunEvent[]> {
  const response = await fetch(`${stage.product.baseUrl}/api/runs/${runId}/events`);
  return ((await response.json()) as { events: RunEvent[] }).events;
}

async function kill(name: "worker" | "web"): Promise<void> {
  const pid = stage.product.children()[name];
  if (pid === undefined) throw new Error(`there is no ${name}`);
  process.kill(pid, "SIGKILL");
  await until(() => stage.product.children()[name] !== pid, { what: `another ${name}`, timeoutMs: 20_000 });
}

const has = (type: RunEvent["type"]) => (events: RunEvent[]) => events.some((event) => event.type === type);

function answerIn(events: RunEvent[]): string {
  return events
    .flatMap((event) => (event.type === "text.appended" && !event.data.note ? [event.data.text] : []))
    .join("");
}

async function reaches(runId: string, isThere: (events: RunEvent[]) => boolean, what: string): Promise<RunEvent[]> {
  return until(async () => ((found) => isThere(found) && found)(await eventsOf(runId)), { what, timeoutMs: 40_000 });
}

describe("kill -9 in the middle of a run", () => {
  it("of the worker loses nothing, and the run completes", async () => {
    stage.model.use(script);
    const runId = await post("How does it work?");
    await reaches(runId, has("task.created"), "the delegation");
    await kill("worker");
    const events = await reaches(runId, has("run.completed"), "the end");
    expect(events.filter((event) => event.type === "task.created")).toHaveLength(1);
    expect(events.filter((event) => event.type === "task.completed")).toHaveLength(1);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  });

  it("of the worker in the middle of the answer keeps the half that was written and goes on behind it", async () => {
    stage.model.use(script);
    const runId = await post("How does it work?");
    const half = (events: RunEvent[]) => answerIn(events).includes("Every word of this sentence");
    await reaches(runId, half, "half an answer");
    await kill("worker");
    const events = await reaches(runId, has("run.completed"), "the end");
    const text = answerIn(events);
    expect(text).toMatch(/^\s*Every word.*And this is the end\.$/s);
    expect(events.some((event) => event.type === "turn.ended" && event.data.finish === "interrupted")).toBe(true);
  });

  it("of the web process neither stops the run nor loses a character on the page", async () => {
    stage.model.use(script);
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    await ask(page, "How does it work?");
    const answer = page.getByRole("article", { name: "Deputy" });
    await answer.getByText("Every word of this sentence").first().waitFor();
    await kill("web");
    await answer.getByRole("link", { name: "Transcript" }).waitFor({ timeout: 40_000 });
    expect((await textOf(answer)).match(/Every word of this sentence is said once/g)).toHaveLength(8);
    await close();
  });

  it("of the web process is outlived by `deputy ask`", async () => {
    stage.model.use(script);
    const known = stage.model.requests.length;
    const asked = deputy(stage.product.baseUrl, ["ask", "How does it work?"]);
    await until(() => stage.model.requests.length > known + 1, { what: "the answer to begin" });
    await kill("web");
    const { status, stdout } = await asked;
    expect(status).toBe(0);
    expect(stdout.match(/Every word of this sentence is said once/g)).toHaveLength(8);
  });
});
