import { Worker } from "node:worker_threads";
import { SECOND } from "#/lib/clock.ts";
import type { LeaseData } from "#/lib/run/lease-thread.ts";

/** How long a worker may stay silent, unless the settings say so, before its tasks are given to others. */
export const LEASE_MS = 1.5 * SECOND;

export type Lease = { report(load: number): void; stop(): Promise<void> };

/** Keeps the worker's lease from a thread of its own until `stop`; calls `onLost` once when it is gone. */
export function keepLease(data: LeaseData, onLost: (reason: string) => void): Lease {
  const thread = new Worker(new URL("./lease-thread.ts", import.meta.url), { workerData: data });
  let isOver = false;
  const lose = (reason: string) => {
    if (!isOver) onLost(reason);
    isOver = true;
  };
  thread.on("message", () => lose("the lease was taken away, or the database did not answer for as long as it lasts"));
  thread.on("error", (error) => lose(error.message));
  thread.on("exit", () => lose("the lease thread stopped"));
  return {
    report: (load) => thread.postMessage(load),
    async stop() {
      isOver = true;
      await thread.terminate();
    },
  };
}
