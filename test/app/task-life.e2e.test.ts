import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, desktop, phone, sticksOut, visit } from "#/test/support/browse.ts";
import { type ScriptedProduct, startScriptedProduct } from "#/test/support/scripted-product.ts";

/** What a person can do to a run and its tasks on the page, in Chromium. */
let stage: ScriptedProduct;

beforeAll(async () => {
  stage = await startScriptedProduct();
});
afterAll(() => stage?.close());

const step = (id: string) => ({ id, title: "Go", agent: "planner", dependsOn: [], complexity: 1, acceptance: "3 km" });
const plan = JSON.stringify({ goal: "A trip", steps: ["s1", "s2", "s3"].map(step) });

/** The planner's model answers when it is told to; the main agent just answers. */
function holdPlanner(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.model.use(async (request) => {
    if (request.said("system").includes("PLANNING")) return { text: "That is all that could be done." };
    await promise;
    return { text: plan };
  });
  return resolve;
}

/** An agent may not visit this address: its task fails for good. */
const message = "/parallel\nplanner: Plan a trip\nbrowser: Read http://127.0.0.1:9/x\nplanner: Plan another trip";

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const task = (page: Page, ref: string) => page.getByRole("group", { name: new RegExp(` task ${ref}$`) });
const hasStatus = (page: Page, ref: string, status: string) =>
  task(page, ref)
    .and(page.locator(`[data-status=${status}]`))
    .first()
    .waitFor();
const ended = (page: Page, runs: number) =>
  page
    .getByRole("link", { name: "Transcript", exact: true })
    .nth(runs - 1)
    .waitFor();

describe.each([
  ["desktop", desktop],
  ["phone", phone],
])("on a %s", (_name, viewport) => {
  it("a run is paused and resumed, one task cancelled, and a dead letter tried again and dropped", async () => {
    const release = holdPlanner();
    const { page, complaints, close } = await visit(stage.browser, stage.product.baseUrl, viewport);
    await ask(page, message);

    await button(page, "Try task t2 again").waitFor();
    expect(await task(page, "t2").textContent()).toContain("another attempt is not expected to help");
    await button(page, "Try task t2 again").click();
    await page.getByText("Task t2 is tried again, as you asked.").waitFor();
    await button(page, "Try task t2 again").waitFor();

    await button(page, "Cancel task t3").click();
    await hasStatus(page, "t3", "cancelled");
    await hasStatus(page, "t1", "in_progress");

    await button(page, "Pause").focus();
    await page.keyboard.press("Enter");
    await button(page, "Resume").waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Resume");
    await page
      .getByRole("status")
      .getByText("Paused. Nothing new starts until you resume.")
      .waitFor({ state: "attached" });
    release();
    await hasStatus(page, "t1", "completed");
    expect(await sticksOut(page)).toBe(false);

    await page.reload();
    await page.getByText("Paused by you.").waitFor();
    await button(page, "Resume").click();
    await ended(page, 1);

    await button(page, "Try task t2 again").click();
    await page.getByText("A new run below tries it again.").waitFor();
    await page.getByText("This run tries a task again that failed in an earlier one.").waitFor();
    await ended(page, 2);
    await button(page, "Drop task t2").click();
    await page.getByText("Dropped. The task stays failed.").waitFor();

    await page.reload();
    await ended(page, 2);
    await page.waitForLoadState("networkidle");
    expect(await button(page, /^Drop task/).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});
