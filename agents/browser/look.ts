import type { Browser } from "playwright";
import type { AgentContext } from "#/agents/agent.ts";
import { visitFault } from "#/agents/browser/faults.ts";
import type { SharedBrowser } from "#/agents/browser/shared-browser.ts";
import { type Sight, startVisit, tooSlow, type Visit } from "#/agents/browser/visit.ts";
import { after, SECOND, within } from "#/lib/clock.ts";
import type { EgressProxy } from "#/lib/egress/proxy.ts";
import { DeputyError } from "#/lib/errors.ts";

/** What was seen of a page, and its picture where it let itself be drawn. */
export type Seen = { readonly sight: Sight; readonly picture: Uint8Array | null };

type Watched = Pick<AgentContext, "signal" | "progress">;

const contextMs = 15 * SECOND;

/**
 * Opens a page in a context of its own and looks at it. When the signal aborts, throws its reason at once; when `pageMs`
 * are over, throws `page-timeout`. In every case the context is gone within two seconds, if need be with its browser.
 */
export async function look(
  url: URL,
  watched: Watched,
  shared: SharedBrowser,
  proxy: EgressProxy,
  pageMs: number,
): Promise<Seen> {
  const deadline = new AbortController();
  const stopClock = after(pageMs, () => deadline.abort(tooSlow(url, pageMs)));
  const signal = AbortSignal.any([watched.signal, deadline.signal]);
  try {
    signal.throwIfAborted();
    const work = lookInBrowser(
      url,
      { signal, progress: (text: string) => watched.progress(text) },
      shared,
      proxy,
      pageMs,
    );
    return await untilAborted(signal, work);
  } catch (thrown) {
    signal.throwIfAborted();
    throw visitFault(thrown, url.href, proxy);
  } finally {
    stopClock();
  }
}

async function lookInBrowser(
  url: URL,
  watched: Watched,
  shared: SharedBrowser,
  proxy: EgressProxy,
  pageMs: number,
): Promise<Seen> {
  try {
    const browser = await shared.borrow();
    const visit = await beginVisit(browser, shared, proxy, pageMs);
    try {
      return await untilAborted(watched.signal, seeAll(url, visit, watched));
    } finally {
      if (!(await visit.close())) shared.discard(browser);
    }
  } finally {
    shared.giveBack();
  }
}

/** A browser that cannot make a context in time obeys nobody any more. The page's own time is longer than its loading. */
async function beginVisit(browser: Browser, shared: SharedBrowser, proxy: EgressProxy, pageMs: number): Promise<Visit> {
  const hangs = () => new DeputyError("browser-crashed", "The browser does not respond.", { retryable: true });
  try {
    return await within(contextMs, startVisit(browser, proxy, pageMs * 0.6), hangs);
  } catch (thrown) {
    shared.discard(browser);
    throw thrown;
  }
}

async function seeAll(url: URL, visit: Visit, watched: Watched): Promise<Seen> {
  await visit.open(url);
  watched.progress("Reading the page");
  const sight = await visit.read();
  watched.progress("Taking a screenshot");
  return { sight, picture: await visit.picture() };
}

/** The work's outcome, or the signal's reason as soon as it aborts; what the work does afterwards is nobody's concern. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
