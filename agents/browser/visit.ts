import type { Browser, BrowserContext, Page } from "playwright";
import { type Breakage, watchForBreakage } from "#/agents/browser/breakage.ts";
import { type Arrival, type Documents, watchDocuments } from "#/agents/browser/documents.ts";
import { arrivalFault, isBrowserGone } from "#/agents/browser/faults.ts";
import { SECOND, sleep, ticks } from "#/lib/clock.ts";
import type { EgressProxy } from "#/lib/egress/proxy.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

/** What was seen of a page; all of it comes from a stranger. */
export type Sight = {
  readonly url: string;
  readonly status: number;
  readonly title: string;
  /** Null when the document is text of another type, or empty. */
  readonly html: string | null;
  readonly visibleText: string;
  readonly truncated: boolean;
};

export type Visit = {
  /** Opens a page and waits until it has come to rest, at most some seconds longer than it takes to load. */
  open(url: URL): Promise<void>;
  /** Throws a DeputyError when the page that is open now cannot be read (see arrivalFault). */
  read(): Promise<Sight>;
  /** A PNG of what a window of 1280x800 shows; null when the page does not let itself be drawn. */
  picture(): Promise<Uint8Array | null>;
  /** Ends all work of the visit within about two seconds; false when the browser did not obey. May be called twice. */
  close(): Promise<boolean>;
};

const viewport = { width: 1_280, height: 800 };
const maxContentChars = 5_000_000;
const loadMs = 10 * SECOND;
const restMs = 3 * SECOND;
const pictureMs = 10 * SECOND;
const closeMs = 1.5 * SECOND;

/** A context of its own for one task: no cookies of others, no service workers, no downloads, no windows, one proxy. */
export async function startVisit(browser: Browser, proxy: EgressProxy, navigationMs: number): Promise<Visit> {
  const context = await browser.newContext({
    viewport,
    acceptDownloads: false,
    serviceWorkers: "block",
    userAgent: userAgent(browser),
    proxy: { server: proxy.url, username: proxy.username, password: proxy.password },
  });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const documents = await watchDocuments(session, proxy, maxContentChars);
    return visitOf(context, page, documents, await watchForBreakage(page, session), navigationMs);
  } catch (thrown) {
    await quietly(context.close());
    throw thrown;
  }
}

function visitOf(
  context: BrowserContext,
  page: Page,
  documents: Documents,
  breakage: Breakage,
  navigationMs: number,
): Visit {
  context.on("page", (popup) => quietly(popup.close()));
  page.on("dialog", (dialog) => quietly(dialog.dismiss()));
  let requested = "";
  let complete = false;
  return {
    async open(url) {
      requested = url.href;
      complete = await Promise.race([open(page, documents, url, navigationMs), breakage.happens]);
    },
    async read() {
      const sight = await Promise.race([read(page, documents, requested), breakage.happens]);
      return { ...sight, truncated: sight.truncated || !complete };
    },
    picture: () => picture(page),
    close: () => close(context),
  };
}

async function open(page: Page, documents: Documents, url: URL, navigationMs: number): Promise<boolean> {
  const begun = ticks();
  try {
    await page.goto(url.href, { waitUntil: "commit", timeout: navigationMs });
  } catch (thrown) {
    const reason = messageOf(thrown);
    if (isBrowserGone(reason)) throw thrown;
    if (/Timeout \d+ms exceeded/.test(reason)) throw tooSlow(url, navigationMs);
    if (!hasDocument(documents.latest(), reason)) throw arrivalFault(url.href, documents.latest(), reason);
  }
  return comeToRest(page, Math.max(begun + navigationMs - ticks(), SECOND));
}

/**
 * Waits for the document, then for what it loads, then for its scripts; false when not even the document was complete in
 * time, which is then read as far as it came. One that starts a download while it is read never reports to be loaded: a
 * network without traffic ends each wait.
 */
async function comeToRest(page: Page, documentMs: number): Promise<boolean> {
  const reached = (state: "domcontentloaded" | "load" | "networkidle", timeout: number) =>
    succeeds(page.waitForLoadState(state, { timeout }));
  const idle = reached("networkidle", documentMs + loadMs);
  const complete = await Promise.race([idle, reached("domcontentloaded", documentMs)]);
  if (!complete) return false;
  await Promise.race([idle, reached("load", loadMs)]);
  await Promise.race([idle, sleep(restMs)]);
  return true;
}

/** Some failures of a navigation are none to a reader: an error status without a body, or a page that moved on by itself. */
function hasDocument(arrival: Arrival | null, reason: string): boolean {
  if (arrival?.kind !== "page" && arrival?.kind !== "text") return false;
  return arrival.status === 204 || /ERR_HTTP_RESPONSE_CODE_FAILURE|interrupted by another navigation/.test(reason);
}

async function read(page: Page, documents: Documents, requested: string): Promise<Sight> {
  const arrival = documents.latest();
  if (arrival?.kind !== "page" && arrival?.kind !== "text")
    throw arrivalFault(requested, arrival, "nothing was loaded");
  const { status } = arrival;
  if (arrival.kind === "text") {
    const { url, text, truncated } = arrival;
    return { url, status, title: "", html: null, visibleText: text, truncated };
  }
  if (!/^https?:/.test(page.url()))
    return { url: arrival.url, status, title: "", html: null, visibleText: "", truncated: false };
  const html = await contentOf(page);
  // biome-ignore lint/performance/useDomNodeTextContent: hidden text is not what a person would see, or could check.
  const visibleText = await page.innerText("body", { timeout: restMs }).catch(() => "");
  return {
    url: page.url(),
    status,
    title: await page.title(),
    html: html.slice(0, maxContentChars),
    visibleText: visibleText.slice(0, maxContentChars),
    truncated: html.length > maxContentChars,
  };
}

/** A page that is on its way to another one has no content for a moment. */
async function contentOf(page: Page): Promise<string> {
  try {
    return await page.content();
  } catch (thrown) {
    if (!/navigating|context was destroyed/i.test(messageOf(thrown))) throw thrown;
    await quietly(page.waitForLoadState("load", { timeout: loadMs }));
    return page.content();
  }
}

async function picture(page: Page): Promise<Uint8Array | null> {
  try {
    return await page.screenshot({ type: "png", timeout: pictureMs });
  } catch (thrown) {
    log.debug({ reason: messageOf(thrown) }, "no screenshot");
    return null;
  }
}

async function close(context: BrowserContext): Promise<boolean> {
  const closed = quietly(context.close()).then(() => true);
  return Promise.race([closed, sleep(closeMs).then(() => false)]);
}

/** Waits for something whose failure changes nothing. */
async function quietly(work: Promise<unknown>): Promise<void> {
  await succeeds(work);
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    (thrown) => {
      log.trace({ reason: messageOf(thrown) }, "ignored");
      return false;
    },
  );
}

/** Chromium's own, without the word that it has no window, and with the name of this product. */
function userAgent(browser: Browser): string {
  const major = browser.version().split(".")[0];
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36 Deputy/0.1`;
}

export function tooSlow(url: URL, ms: number): DeputyError {
  const seconds = Math.round(ms / SECOND);
  return new DeputyError("page-timeout", `${url.href} did not load within ${seconds} seconds.`, { retryable: true });
}
