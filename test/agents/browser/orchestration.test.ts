import { describe, expect, test } from "vitest";
import { createBrowserAgent } from "#/agents/browser/agent.ts";
import { contextFor, taskOf } from "#/test/agents/browser/try-browser.ts";

const agent = createBrowserAgent({
  allowHosts: [],
  findChromium: () => Promise.reject(new Error("no browser is started here")),
});

describe("a browser task that may be split", () => {
  const task = "Compare https://a.example/ with https://b.example/x by price";
  const delegating = { ...contextFor().context, mayDelegate: true };

  test("becomes one subtask for each address", async () => {
    expect(await agent.execute(taskOf(task, { tables: true }), delegating)).toEqual({
      delegate: ["https://a.example/", "https://b.example/x"].map((url, at) => ({
        ref: `s${at + 1}`,
        agent: "browser",
        task: `Open ${url} for this: ${task}`,
        strict: false,
        input: { tables: true, url },
      })),
    });
  });

  test("is done at once when it names one address, or may not be split", async () => {
    const one = agent.execute(taskOf("Open https://a.example/"), delegating);
    await expect(one).rejects.toThrow("no browser is started here");
    await expect(agent.execute(taskOf(task), contextFor())).rejects.toThrow("no browser is started here");
  });
});

describe("the bid of the browser agent", () => {
  const bidOn = (task: string, input?: Record<string, unknown>) => agent.bid?.(taskOf(task, input), contextFor());

  test("is free and sure of one page, less sure of several", async () => {
    const one = await bidOn("Read https://a.example/");
    const several = await bidOn("Compare https://a.example/ with https://b.example/");
    expect(one).toMatchObject({ price: 0, confidence: 0.9 });
    expect(several?.confidence).toBeLessThan(one?.confidence ?? 0);
    expect(several?.note).toContain("not 1 more");
  });

  test.each([
    ["a task without an address", "Research leases", undefined],
    ["a private address", "Open http://127.0.0.1/", undefined],
    ["another scheme", "Open it", { url: "file:///etc/passwd" }],
  ])("is none for %s", async (_, task, input) => {
    expect(await bidOn(task, input)).toBeNull();
  });
});
