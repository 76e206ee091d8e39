import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, desktop, phone, visit } from "#/test/support/browse.ts";
import { deputy } from "#/test/support/deputy.ts";
import { type ScriptedProduct, startScriptedProduct } from "#/test/support/scripted-product.ts";
import { until } from "#/test/support/until.ts";

/** What a page shows of what was done elsewhere: in another tab, in another browser, with `deputy ask`. */
let stage: ScriptedProduct;

beforeAll(async () => {
  stage = await startScriptedProduct();
});
afterAll(() => stage?.close());

/** An agent may not visit these addresses: both tasks fail for good. */
const failing = "/parallel\nbrowser: Read http://127.0.0.1:9/x\nbrowser: Read http://127.0.0.1:9/y";

const button = (page: Page, name: string) => page.getByRole("button", { name });
const transcripts = (page: Page) => page.getByRole("link", { name: "Transcript", exact: true });
const ended = (page: Page, runs: number) =>
  transcripts(page)
    .nth(runs - 1)
    .waitFor();
const late = (page: Page) => page.getByText("Somebody has tried it again or dropped it meanwhile.");
const conversationOf = (page: Page) => new URL(page.url()).pathname.slice("/c/".length);

/** What a browser tells a page of which the person sees something else, or this one again. */
async function show(page: Page, visibilityState: "visible" | "hidden"): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibilityState);
}

async function askElsewhere(page: Page, text: string): Promise<void> {
  const { status } = await deputy(stage.product.baseUrl, ["ask", "--conversation", conversationOf(page), text]);
  expect(status).toBe(0);
}

/** A conversation whose one run has ended with two dead letters. */
async function withLetters() {
  stage.model.use(() => ({ text: "That is all that could be done." }));
  const first = await visit(stage.browser, stage.product.baseUrl, desktop);
  await ask(first.page, failing);
  await ended(first.page, 1);
  await button(first.page, "Drop task t1").waitFor();
  return first;
}

describe("dead letters that are answered elsewhere", () => {
  it("lose their buttons at once in the other tabs of the browser, and a new run shows there", async () => {
    const { page, complaints, close } = await withLetters();
    const tab = await page.context().newPage();
    await tab.goto(page.url());
    await button(tab, "Drop task t1").waitFor();

    await button(page, "Drop task t1").click();
    await page.getByText("Dropped. The task stays failed.").waitFor();
    await button(tab, "Drop task t1").waitFor({ state: "detached" });
    await button(tab, "Drop task t2").waitFor();

    await button(page, "Try task t2 again").click();
    await page.getByText("A new run below tries it again.").waitFor();
    await ended(page, 2);
    await ended(tab, 2);
    // The task of the first run has lost its buttons; that of the second one is a dead letter of its own.
    await button(tab, "Drop task t2").waitFor();
    expect(await button(tab, "Drop task t2").count()).toBe(1);
    await page.getByText("A new run below tries it again.").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it("lose them in another browser when its page is seen again, and a click before says in words that it is too late", async () => {
    const { page, close } = await withLetters();
    const other = await visit(stage.browser, page.url(), phone);
    await button(other.page, "Drop task t1").waitFor();
    await button(other.page, "Drop task t2").waitFor();
    await button(page, "Drop task t1").click();
    await button(page, "Drop task t2").click();
    await button(page, "Drop task t2").waitFor({ state: "detached" });

    await button(other.page, "Try task t1 again").click();
    await late(other.page).waitFor();
    expect(await other.page.getByText("was not tried again").count()).toBe(0);
    await show(other.page, "visible");
    await button(other.page, "Drop task t2").waitFor({ state: "detached" });
    await other.close();
    await close();
  });
});

describe("a run that is begun elsewhere", () => {
  it("shows within seconds on a page that is seen, also when it was over before the page looked", async () => {
    stage.model.use(() => ({ text: "Yes, I am here." }));
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    await ask(page, "Are you there?");
    await ended(page, 1);
    await page.getByRole("textbox", { name: "Message" }).fill("What I was about to say");
    await askElsewhere(page, "And from the terminal?");
    await page.getByText("And from the terminal?").waitFor({ timeout: 12_000 });
    await ended(page, 2);

    stage.model.use(() => ({ text: "Slowly, and word by word. ".repeat(40), chunk: 8, delayMs: 40 }));
    const running = askElsewhere(page, "And slowly?");
    await button(page, "Stop").waitFor({ timeout: 12_000 });
    await page.getByText("Slowly, and word by word.").first().waitFor();
    expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("What I was about to say");
    await running;
    await ended(page, 3);
    expect(await page.getByRole("article", { name: "You" }).count()).toBe(3);
    expect(complaints).toEqual([]);
    await close();
  });

  it("does not pull away who reads further up", async () => {
    stage.model.use(() => ({ text: "A line of a long answer.\n\n".repeat(80) }));
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    await ask(page, "Say a lot");
    await ended(page, 1);
    const log = page.getByRole("log", { name: "Conversation" });
    await log.hover();
    await until(
      async () => {
        await page.mouse.wheel(0, -10_000);
        return (await log.evaluate((element) => element.scrollTop)) === 0;
      },
      { what: "the beginning" },
    );
    await button(page, "Jump to latest").waitFor();
    await askElsewhere(page, "And more");
    await ended(page, 2);
    expect(await log.evaluate((element) => element.scrollTop)).toBe(0);
    await close();
  });

  it("shows at once on a page that is seen again, as does the list of conversations", async () => {
    stage.model.use(() => ({ text: "Yes." }));
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    await ask(page, "Still there?");
    await ended(page, 1);
    await show(page, "hidden");
    await askElsewhere(page, "Something meanwhile");
    const other = await visit(stage.browser, stage.product.baseUrl, desktop);
    await ask(other.page, "A conversation of somebody else");
    await ended(other.page, 1);
    await other.close();
    expect(await page.getByText("Something meanwhile").count()).toBe(0);
    await show(page, "visible");
    await page.getByText("Something meanwhile").waitFor({ timeout: 2_000 });
    await page.getByRole("link", { name: "A conversation of somebody else" }).waitFor({ timeout: 2_000 });
    await close();
  });

  it("shows as gone when the conversation was deleted", async () => {
    stage.model.use(() => ({ text: "Yes." }));
    const { page, close } = await visit(stage.browser, stage.product.baseUrl, desktop);
    await ask(page, "To be deleted");
    await ended(page, 1);
    await fetch(`${stage.product.baseUrl}/api/conversations/${conversationOf(page)}`, { method: "DELETE" });
    await page.getByText("This conversation was deleted.").waitFor({ timeout: 12_000 });
    await close();
  });
});
