import { env } from "#/lib/env.ts";

/**
 * Tells the database that a worker's process has ended, so that others take over its tasks at once instead of when its
 * lease runs out. Loaded only when it happens: the launcher itself needs neither database nor Redis.
 */
export async function reportWorkerExit(databaseUrl: string, redisUrl: string, workerId: string): Promise<void> {
  const { openContext, closeContext } = await import("#/lib/run/context.ts");
  const { releaseWorker } = await import("#/lib/run/release-worker.ts");
  const context = openContext({ ...env(), databaseUrl, redisUrl });
  try {
    await releaseWorker(context, workerId);
  } finally {
    await closeContext(context);
  }
}
