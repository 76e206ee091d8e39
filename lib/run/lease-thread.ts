import { parentPort, workerData } from "node:worker_threads";
import { every, SECOND, ticks, within } from "#/lib/clock.ts";
import { renewLease } from "#/lib/store/lease.ts";
import { openPool } from "#/lib/store/pool.ts";

/**
 * The thread that keeps a worker's lease: a busy event loop in the main thread does not lose it. It says `lost` when the
 * lease was taken away, or could not be renewed for so long that it must be taken for lost; the worker must then stop all it
 * does. In between others may have taken over already: what this worker writes meanwhile is refused by the fence.
 */
const RENEW_EVERY_MS = 300;
const GIVE_UP_MS = 5 * SECOND;
/** The main thread reports every second: one that is silent for so long turns in an endless loop, and holds its tasks for ever. */
const STUCK_MS = 10 * SECOND;

export type LeaseData = { readonly databaseUrl: string; readonly workerId: string };

const { databaseUrl, workerId } = workerData as LeaseData;
// Nothing here is worth waiting for the disk: a lease that a crash of the database undoes is renewed right after.
const { sql } = openPool(databaseUrl, { statements: 1, transactions: 1 }, { synchronous_commit: "off" });
let load = 0;
let renewedAt = ticks();
let reportedAt = ticks();

parentPort?.on("message", (held: number) => {
  load = held;
  reportedAt = ticks();
});

every(RENEW_EVERY_MS, async () => {
  // Nothing but the signal reaches a thread that never ends its turn.
  if (ticks() - reportedAt > STUCK_MS) process.kill(process.pid, "SIGKILL");
  try {
    const late = () => new Error("the database does not answer");
    if (await within(GIVE_UP_MS, renewLease(sql, workerId, load), late)) renewedAt = ticks();
    else parentPort?.postMessage("lost");
  } catch {
    // Not answering is judged by how long it lasts.
    if (ticks() - renewedAt > GIVE_UP_MS) parentPort?.postMessage("lost");
  }
});
