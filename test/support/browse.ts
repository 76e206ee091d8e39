import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright";
import { onTestFailed } from "vitest";
import { env } from "#/lib/env.ts";
import { findChromium } from "#/lib/launch/chromium.ts";

export type Visit = {
  readonly page: Page;
  /** What the page's console said at the levels warning and error, and what it threw. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
};

export const desktop = { width: 1_280, height: 800 };
export const phone = { width: 390, height: 844 };

/** A real browser for the tests of a page. */
export async function openBrowser(): Promise<Browser> {
  const path = env().chromiumPath ?? (await findChromium())?.path;
  if (path === undefined) throw new Error("There is no Chromium; install one: apt-get install chromium");
  const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  return chromium.launch({
    executablePath: path,
    args: [
      ...quiet,
      "--disable-component-update",
      "--disable-sync",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
}

/**
 * A person of his own: nothing is stored, and everything that the page complains of is kept. A test that fails says what the
 * page showed.
 */
export async function visit(
  browser: Browser,
  url: string,
  viewport: { width: number; height: number },
): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({ viewport });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  onTestFailed(async () => {
    const seen = await page.locator("body").ariaSnapshot({ timeout: 2_000 }).catch(String);
    console.log(`${page.url()} complained of ${JSON.stringify(complaints)} and showed:\n${seen.slice(-4_000)}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

export async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

/** Wider than its window: something sticks out to the side. */
export async function sticksOut(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

export async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? "";
}
