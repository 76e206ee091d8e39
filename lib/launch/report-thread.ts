import { parentPort, workerData } from "node:worker_threads";
import { env } from "#/lib/env.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Report } from "#/lib/launch/exit-reporter.ts";
import type { Addresses } from "#/lib/launch/services.ts";
import { openContext } from "#/lib/run/context.ts";
import { releaseWorker } from "#/lib/run/release-worker.ts";
import { ping } from "#/lib/store/statistics.ts";
import { pingRedis } from "#/lib/stream/doorbell.ts";

/** The body of the thread that exit-reporter.ts starts: a worker's id in, a report out. */
const context = openContext({ ...env(), ...(workerData as Addresses) });
await Promise.allSettled([ping(context.store.db), pingRedis(context.doorbell)]);

parentPort?.on("message", async (workerId: string) => {
  const answer = (report: Report) => parentPort?.postMessage(report);
  try {
    // A connection that was cut while it was idle is noticed by the first who uses it.
    await releaseWorker(context, workerId).catch(() => releaseWorker(context, workerId));
    answer({ workerId });
  } catch (thrown) {
    // Of a failed query what the driver or the server says, not the statement.
    answer({ workerId, fault: messageOf(thrown instanceof Error ? (thrown.cause ?? thrown) : thrown) });
  }
});
