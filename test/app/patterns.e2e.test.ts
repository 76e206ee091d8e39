import type { Page } from "playwright";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ask, desktop, phone, sticksOut, textOf, visit } from "#/test/support/browse.ts";
import { type ScriptedProduct, startScriptedProduct } from "#/test/support/scripted-product.ts";

/** Each way in which agents work together, from a person's message to its picture in the conversation, in Chromium. */
let stage: ScriptedProduct;

beforeAll(async () => {
  stage = await startScriptedProduct();
});
beforeEach(() => stage.model.use(() => ({ text: "That is what the agents found." })));
afterAll(() => stage?.close());

const block = (id: string, dependsOn: string) =>
  `ACTION: DELEGATE\nAGENT_TYPE: knowledge\nID: ${id}\nDEPENDS_ON: ${dependsOn}\nTASK: What is a dead letter?\n---END---`;

type Pattern = {
  readonly message: string;
  /** The name of the picture. */
  readonly picture: RegExp;
  /** The tasks of which it has a chip. */
  readonly refs: readonly string[];
  /** What its cards say in the end. */
  readonly shows?: (page: Page) => Promise<unknown>;
};

const patterns: Record<string, Pattern> = {
  sequential: {
    message:
      "/sequential\nknowledge: How are tasks delivered?\nknowledge: What is a lease?\nknowledge: What is a claim?",
    picture: /^A chain of 3: t1; t2 after t1; t3 after t2/,
    refs: ["t1", "t2", "t3"],
  },
  parallel: {
    message: "/parallel\nknowledge: What is a lease?\nknowledge: What is a claim?\nknowledge: What is an entry?",
    picture: /^3 in parallel: t1; t2; t3/,
    refs: ["t1", "t2", "t3"],
  },
  graph: {
    message: [block("a", "none"), block("b", "a"), block("c", "a"), block("d", "b, c")].join("\n"),
    picture: /^A graph of 4: a; b after a; c after a; d after b and c/,
    refs: ["a", "b", "c", "d"],
  },
  hierarchical: {
    message: "/hierarchical knowledge Compare what the PLANNING phase and the VERIFYING phase allow",
    picture: /^A tree: 1 over \d/,
    refs: ["t1"],
    shows: (page) => page.getByText(/master of \d/).waitFor(),
  },
  consensus: {
    message: "/consensus 3 knowledge Is it true that a task settles once?",
    picture: /^A vote of 3: t1 \(t1\.v1, t1\.v2, t1\.v3\)/,
    refs: ["t1", "t1.v1", "t1.v2", "t1.v3"],
    shows: async (page) => {
      await page.getByText(/^(Agreed: |No consensus)/).waitFor();
      expect(await page.getByRole("list", { name: "Votes" }).getByRole("listitem").count()).toBe(3);
    },
  },
  blackboard: {
    message: "/board\nknowledge: How are tasks delivered to workers?\nknowledge: What is a dead letter?",
    picture: /^2 in parallel/,
    refs: ["t1", "t2"],
    shows: (page) => page.getByRole("region", { name: "Board" }).getByRole("listitem").first().waitFor(),
  },
  market: {
    message: "/market any How are tasks delivered to workers?",
    picture: /^An auction with \d bidders?/,
    refs: ["t1", "t1.b1", "t1.a1"],
    shows: async (page) => {
      await page.getByText(/^Awarded to /).waitFor();
      await page.getByRole("region", { name: "Bids" }).getByRole("row", { name: /won/ }).waitFor();
    },
  },
  workflow: {
    message: '/workflow compare-alternatives first="Redis Streams" second="Postgres"',
    picture: /^A graph of 3: first; second; decision after first and second/,
    refs: ["first", "second", "decision"],
  },
};

const graph = (page: Page) => page.getByRole("region", { name: "Task graph" });
const picture = (page: Page, name: RegExp) => graph(page).getByRole("img", { name });
const chip = (page: Page, ref: string) => page.getByRole("button", { name: new RegExp(`^Show task ${ref}:`) });
const card = (page: Page, ref: string) => page.getByRole("group", { name: new RegExp(` task ${ref}$`) });
const ended = (page: Page) => page.getByRole("link", { name: "Transcript", exact: true }).waitFor();

/** The planner's model answers when it is told to; the main agent just answers. */
function holdPlanner(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const step = { id: "s1", title: "Go", agent: "planner", dependsOn: [], complexity: 1, acceptance: "3 km" };
  stage.model.use(async (request) => {
    if (request.said("system").includes("PLANNING")) return { text: "That is all." };
    await promise;
    return { text: JSON.stringify({ goal: "A trip", steps: [step] }) };
  });
  return resolve;
}

async function newestRun(): Promise<string> {
  const response = await fetch(`${stage.product.baseUrl}/api/runs?limit=1`);
  const { runs } = (await response.json()) as { runs: { id: string }[] };
  return runs[0]?.id ?? "";
}

describe("in the conversation", () => {
  it.each(Object.entries(patterns))(
    "%s is shown as what it is, wide and narrow",
    async (_pattern, { message, picture: name, refs, shows }) => {
      const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
      await ask(page, message);
      await picture(page, name).waitFor();
      await ended(page);
      for (const ref of refs) expect(await chip(page, ref).count()).toBe(1);
      await shows?.(page);
      await graph(page)
        .getByText(/^expected .+, took /)
        .waitFor();

      const last = refs.at(-1) ?? "";
      await chip(page, last).focus();
      await page.keyboard.press("Enter");
      await card(page, last).and(page.locator(":focus")).waitFor();
      expect(await sticksOut(page)).toBe(false);

      await page.setViewportSize(phone);
      await page.reload();
      await picture(page, name).waitFor();
      for (const ref of refs) expect(await chip(page, ref).count()).toBe(1);
      expect(await sticksOut(page)).toBe(false);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it("the transcript has the same picture, live, and its chips lead to the first events of their tasks", async () => {
    const release = holdPlanner();
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, phone);
    await ask(page, "/sequential\nplanner: Plan a trip\nknowledge: What is a lease?");
    await picture(page, /^A chain of 2/).waitFor();
    await page.goto(`${stage.product.baseUrl}/runs/${await newestRun()}`);
    await picture(page, /^A chain of 2: t1; t2 after t1/).waitFor();
    await graph(page)
      .getByText(/^expected [^,]+$/)
      .waitFor();

    release();
    await page.getByRole("button", { name: "Show task t2: Knowledge, Done" }).waitFor();
    await graph(page)
      .getByText(/^expected .+, took /)
      .waitFor();
    await page.getByText(/^The run was completed in /).waitFor();
    await page.getByText("Completed", { exact: true }).waitFor();
    await chip(page, "t2").click();
    const focused = page.getByRole("listitem").and(page.locator(":focus"));
    expect(await textOf(focused)).toContain("Knowledge was given the task: What is a lease?");
    expect(await sticksOut(page)).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });

  it("a plan is changed while it runs: one task is worded anew, another one removed", async () => {
    const release = holdPlanner();
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, phone);
    await ask(page, "/sequential\nplanner: Plan a trip\nknowledge: What is a lease?\nknowledge: What is a claim?");
    await picture(page, /^A chain of 3/).waitFor();

    await page.getByRole("button", { name: "Change task t2" }).click();
    await page.getByRole("textbox", { name: "Words of task t2" }).fill("What is a dead letter?");
    await page.getByRole("button", { name: "Save" }).click();
    const changes = page.getByRole("group", { name: "Plan changed" });
    await changes.waitFor();
    await card(page, "t2").getByRole("paragraph").filter({ hasText: "What is a dead letter?" }).waitFor();
    await page.getByRole("button", { name: "Remove task t3" }).click();
    await card(page, "t3").and(page.locator("[data-status=cancelled]")).waitFor();

    await changes.nth(1).waitFor();
    expect(await textOf(changes.first())).toContain("You changed the plan: changed t2.");
    expect(await textOf(changes.last())).toContain("removed t3");
    expect(await page.getByRole("button", { name: "Change task t1" }).count()).toBe(0);
    release();
    await card(page, "t2").and(page.locator("[data-status=completed]")).waitFor();
    await ended(page);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("the box to write in", () => {
  it("offers the short forms, and says what a message would dispatch, by its name and with what is expected", async () => {
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, phone);
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("/cons");
    await page.getByRole("list", { name: "Short forms" }).getByRole("button").click();
    expect(await box.inputValue()).toBe("/consensus ");
    await page.keyboard.type("5 knowledge Is a task settled once?");
    await page.getByText(/^A vote of 5, expected to take /).waitFor();
    await page
      .getByRole("list", { name: "Preview" })
      .getByText(/would dispatch: knowledge \(consensus of 5\)/)
      .waitFor();
    await box.fill("/workflow no-such-workflow");
    await page
      .getByRole("list", { name: "Preview" })
      .getByText(/There is no workflow/)
      .waitFor();
    expect(await sticksOut(page)).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });

  it("sends what Send was pressed for, also when what the message would dispatch shows before it is let go", async () => {
    for (const viewport of [desktop, phone]) {
      const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, viewport);
      const pressed = Promise.withResolvers<void>();
      await page.route("**/api/preview", async (route) => {
        await pressed.promise;
        await route.continue();
      });
      await page.getByRole("textbox", { name: "Message" }).fill("/board\nknowledge: What is a lease?");
      await page.getByRole("button", { name: "Send" }).hover();
      await page.mouse.down();
      pressed.resolve();
      await page.getByRole("list", { name: "Preview" }).waitFor();
      await page.mouse.up();
      await ended(page);
      expect(complaints).toEqual([]);
      await close();
    }
  });
});
