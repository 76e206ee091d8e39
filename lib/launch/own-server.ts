import { z } from "zod";
import { now, sleep, within } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";

/** `isOurs`: Deputy answered, whether it is well or not. */
export type Health = { readonly ok: boolean; readonly isOurs: boolean; readonly text: string };

const Parts = z.object({ postgres: z.string(), redis: z.string() });
const ANSWER_MS = 5_000;
const READY_MS = 120_000;

/** What the product's own server says about itself. Never throws: a server that does not answer is not well. */
export async function askHealth(baseUrl: string): Promise<Health> {
  try {
    const work = (async () => {
      const response = await fetch(`${baseUrl}/api/health`);
      const text = await response.text();
      return { ok: response.ok, isOurs: partsOf(text) !== null, text };
    })();
    return await within(ANSWER_MS, work, () => new Error(`no answer within ${ANSWER_MS / 1_000} s`));
  } catch (thrown) {
    return { ok: false, isOurs: false, text: reasonOf(thrown) };
  }
}

/**
 * Resolves when the server, its database, its Redis and, where they are started here, a worker are all there; throws
 * `not-ready` after two minutes.
 */
export async function waitUntilReady(
  baseUrl: string,
  signal: AbortSignal,
  expected: { readonly workers: boolean },
): Promise<void> {
  const isReady = (health: Health) => health.ok || (!expected.workers && isWellButForWorkers(health));
  const deadline = now() + READY_MS;
  let health = await askHealth(baseUrl);
  while (!isReady(health) && now() < deadline && !signal.aborted) {
    await sleep(100, signal);
    health = await askHealth(baseUrl);
  }
  if (isReady(health) || signal.aborted) return;
  throw new DeputyError("not-ready", `Deputy is not ready after ${READY_MS / 1_000} s. Its health: ${health.text}`);
}

function isWellButForWorkers({ text }: Health): boolean {
  const parts = partsOf(text);
  return parts?.postgres === "ok" && parts.redis === "ok";
}

function partsOf(text: string): z.infer<typeof Parts> | null {
  try {
    return Parts.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? messageOf(thrown) : messageOf(cause);
}
