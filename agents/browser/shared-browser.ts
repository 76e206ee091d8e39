import { tmpdir } from "node:os";
import type { Browser } from "playwright";
import { after, MINUTE, SECOND, sleep } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";
import { log } from "#/lib/log.ts";

/** One Chromium for all tasks of a process. */
export type SharedBrowser = {
  /** Lends the browser, starting it when there is none. Every `borrow` is followed by one `giveBack`. */
  borrow(): Promise<Browser>;
  giveBack(): void;
  /** The browser no longer obeys: it is killed in the background and the next `borrow` starts another. */
  discard(browser: Browser): void;
  close(): Promise<void>;
};

const startMs = 30 * SECOND;
const closeMs = 5 * SECOND;

/**
 * The proxy of each context is the boundary; the flags close the ways around it. A request that belongs to no context
 * meets a proxy that nobody serves, a name is never resolved by Chromium itself, and WebRTC sends no UDP of its own.
 */
const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];
const deadProxy = "http://127.0.0.1:9";

/** Starts Chromium lazily, and closes it when nobody has borrowed it for `idleMs`. It never outlives the process. */
export function createSharedBrowser(findPath: () => Promise<string>, idleMs = MINUTE): SharedBrowser {
  let current: Promise<Browser> | null = null;
  let borrowed = 0;
  let cancelIdle = () => {};
  let ending: Promise<unknown> = Promise.resolve();

  const start = () => {
    const starting = findPath().then(launch);
    const forget = () => {
      if (current === starting) current = null;
    };
    starting.then((browser) => browser.once("disconnected", forget), forget);
    return starting;
  };
  const close = () => {
    const ended = current?.then(end, logFailure);
    current = null;
    ending = Promise.all([ending, ended]);
    return ending;
  };

  return {
    borrow() {
      borrowed++;
      cancelIdle();
      current ??= start();
      return current;
    },
    giveBack() {
      borrowed--;
      cancelIdle();
      if (borrowed === 0) cancelIdle = after(idleMs, () => void close());
    },
    discard(browser) {
      current = null;
      ending = Promise.all([ending, end(browser)]);
    },
    close: async () => void (await close()),
  };
}

/** Signals are the worker's to handle; Playwright still kills the browser when the process exits. */
async function launch(executablePath: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  try {
    // Loaded with the first browser: it takes 65 MB, which a worker that is never asked for a page need not hold.
    const { chromium } = await import("playwright");
    return await chromium.launch({
      executablePath,
      headless: true,
      chromiumSandbox: !isRoot,
      args: isRoot ? [...flags, "--no-sandbox"] : flags,
      // Without this default of Playwright's, Chromium's own blocker stops windows that nobody clicked for.
      ignoreDefaultArgs: ["--disable-popup-blocking"],
      proxy: { server: deadProxy },
      env: bareEnvironment(),
      timeout: startMs,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (thrown) {
    throw startFailure(executablePath, messageOf(thrown));
  }
}

/** The worker's environment holds keys; a browser full of strangers' pages gets none of it. */
function bareEnvironment() {
  return { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: tmpdir(), LANG: "C.UTF-8" };
}

function startFailure(executablePath: string, reason: string): DeputyError {
  if (/no usable sandbox|sandbox.*(failed|denied|not permitted)/i.test(reason)) {
    return new DeputyError(
      "no-chromium-sandbox",
      "Chromium cannot start its sandbox as this user. Allow unprivileged user namespaces, or install Debian's package chromium-sandbox.",
    );
  }
  const lines = reason.split("\n").slice(0, 3).join(" ");
  return new DeputyError("browser-start", `${executablePath} could not be started: ${lines}`, { retryable: true });
}

/** A second request to close makes Playwright kill the process. */
async function end(browser: Browser): Promise<void> {
  const closed = browser.close().catch(logFailure);
  await Promise.race([closed, sleep(closeMs)]);
  await browser.close().catch(logFailure);
}

function logFailure(thrown: unknown): void {
  log.debug({ reason: messageOf(thrown) }, "the browser was gone before it was closed");
}
