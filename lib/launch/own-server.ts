import { z } from "zod";
import { now, sleep, within } from "#/lib/clock.ts";
import { DeputyError, messageOf } from "#/lib/errors.ts";

export type Health = { readonly ok: boolean; readonly text: string };

const Parts = z.object({ postgres: z.string(), redis: z.string() });
const ANSWER_MS = 5_000;
const READY_MS = 120_000;

/** What the product's own server says about itself. Never throws: a server that does not answer is not well. */
export async function askHealth(baseUrl: string): Promise<Health> {
  try {
    const work = (async () => {
      const response = await fetch(`${baseUrl}/api/health`);
      return { ok: response.ok, text: await response.text() };
    })();
    return await within(ANSWER_MS, work, () => new Error(`no answer within ${ANSWER_MS / 1_000} s`));
  } catch (thrown) {
    return { ok: false, text: reasonOf(thrown) };
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
  try {
    const { postgres, redis } = Parts.parse(JSON.parse(text));
    return postgres === "ok" && redis === "ok";
  } catch {
    return false;
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return cause === undefined ? messageOf(thrown) : messageOf(cause);
}
