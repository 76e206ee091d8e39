import { randomUUID } from "node:crypto";
import { DefaultChatTransport, readUIMessageStream } from "ai";
import type { Browser } from "playwright";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { DeputyMessage } from "#/lib/chat/parts.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import { ask, desktop, openBrowser, visit } from "#/test/support/browse.ts";
import { deputy } from "#/test/support/deputy.ts";

/** The main job, on the product as `npm start` starts it, with the offline model: ask, delegate, answer. */
const request = "Research how streamText reports errors and how to abort it, then write a plan for adding retries";
const baseUrl = inject("baseUrl");

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  const ingested = await deputy(baseUrl, ["ingest", "node_modules/ai/docs", "--quiet"]);
  expect(ingested).toMatchObject({ status: 0 });
});
afterAll(() => browser.close());

const phasesOf = (events: readonly RunEvent[]) => [
  "PLANNING",
  ...events.flatMap((event) => (event.type === "run.phase-changed" ? [event.data.to] : [])),
];

describe("a request for research and a plan", () => {
  it("passes through the phases, delegates twice over Redis, and cites the right pages, by `deputy ask --jsonl`", async () => {
    const { status, stdout } = await deputy(baseUrl, ["ask", request, "--jsonl"]);
    expect(status).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    expect(phasesOf(events)).toEqual(["PLANNING", "EXECUTING", "VERIFYING", "LEARNING"]);

    const delegated = events.flatMap((event) =>
      event.type === "action.accepted" && event.data.action.kind === "delegate" ? [event.data] : [],
    );
    expect(delegated.map(({ action }) => action.kind === "delegate" && action.agentType)).toEqual([
      "knowledge",
      "planner",
    ]);
    for (const { text } of delegated) expect(text).toMatch(/^ACTION: DELEGATE\n.*---END---$/s);
    const claimed = events.filter((event) => event.type === "task.claimed" && event.agent !== "main");
    expect(new Set(claimed.map((event) => event.agent))).toEqual(new Set(["knowledge", "planner"]));

    const origins = events.flatMap((event) =>
      event.type === "task.completed" ? event.data.result.evidence.map((found) => found.source.origin) : [],
    );
    expect(origins.some((origin) => origin.endsWith("50-error-handling.mdx"))).toBe(true);
    expect(origins.some((origin) => /stopping-streams|stream-text|error-handling/.test(origin))).toBe(true);
    expect(events.at(-1)?.type).toBe("run.completed");
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  });

  it("prints the answer with its sources on standard output, and what happens on standard error", async () => {
    const { status, stdout, stderr } = await deputy(baseUrl, ["ask", request]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\[1\]/);
    expect(stdout).toMatch(/onError|abortSignal/);
    expect(stdout).toMatch(/retr/i);
    expect(stdout).toContain("node_modules/ai/docs/");
    expect(stdout).not.toContain("ACTION:");
    for (const word of ["PLANNING", "EXECUTING", "VERIFYING", "LEARNING", "knowledge", "planner"]) {
      expect(stderr).toContain(word);
    }
  });

  it("works for a stock AI SDK client", async () => {
    const transport = new DefaultChatTransport<DeputyMessage>({ api: `${baseUrl}/api/chat` });
    const message: DeputyMessage = { id: randomUUID(), role: "user", parts: [{ type: "text", text: request }] };
    const stream = await transport.sendMessages({
      trigger: "submit-message",
      chatId: randomUUID(),
      messageId: undefined,
      messages: [message],
      abortSignal: undefined,
    });
    let answer: DeputyMessage | undefined;
    for await (const state of readUIMessageStream<DeputyMessage>({ stream })) answer = state;
    const text = answer?.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n") ?? "";
    expect(text).toMatch(/\[1\]/);
    expect(text).not.toContain("ACTION:");
    expect(answer?.parts.filter((part) => part.type === "source-url").length).toBeGreaterThan(0);
    const tasks = answer?.parts.flatMap((part) => (part.type === "data-task" ? [part.data] : [])) ?? [];
    expect(tasks.map((task) => [task.agent, task.status])).toEqual([
      ["knowledge", "completed"],
      ["planner", "completed"],
    ]);
  });

  it("is shown in Chromium: phases, plan, two cards, and an answer whose citations open their source", async () => {
    const { page, complaints, close } = await visit(browser, baseUrl, desktop);
    await ask(page, request);
    const answer = page.getByRole("article", { name: "Deputy" });
    await answer.getByRole("link", { name: "Transcript" }).waitFor({ timeout: 30_000 });
    await expect
      .poll(() => answer.getByRole("group", { name: /^knowledge task/i }).getAttribute("data-status"))
      .toBe("completed");
    await expect
      .poll(() => answer.getByRole("group", { name: /^planner task/i }).getAttribute("data-status"))
      .toBe("completed");
    expect(await answer.getByRole("region", { name: "Plan" }).isVisible()).toBe(true);

    const source = answer.getByRole("list", { name: "Sources" }).getByRole("link").first();
    const [opened] = await Promise.all([page.context().waitForEvent("page"), source.click()]);
    await opened.waitForLoadState();
    expect(opened.url()).toMatch(/\/documents\/[0-9a-f-]+#passage-\d+$/);
    expect(await opened.locator(":target").isVisible()).toBe(true);

    await answer.getByRole("link", { name: "Transcript" }).click();
    await page.waitForURL(/\/runs\//);
    await page.getByText("run.completed").first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("the three example requests of the empty state", () => {
  it.each([0, 1, 2])("example %i is answered with sources, without any key", async (index) => {
    const { page, complaints, close } = await visit(browser, baseUrl, desktop);
    await page.getByRole("list", { name: "Examples" }).getByRole("button").nth(index).click();
    const answer = page.getByRole("article", { name: "Deputy" });
    await answer.getByRole("link", { name: "Transcript" }).waitFor({ timeout: 30_000 });
    expect(await answer.getByRole("list", { name: "Sources" }).getByRole("link").count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await close();
  });
});
