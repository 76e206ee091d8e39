import { Worker } from "node:worker_threads";
import { SECOND, within } from "#/lib/clock.ts";
import { childEnvironment } from "#/lib/launch/environment.ts";
import type { Addresses } from "#/lib/launch/services.ts";

export type Report = { readonly workerId: string; readonly fault?: string };

export type ExitReporter = {
  /** Resolves when the worker's tasks are given back. Throws why they are not; then its lease runs out. */
  report(workerId: string): Promise<void>;
  close(): Promise<void>;
};

const REPORT_MS = 10 * SECOND;

/**
 * Tells the database at once that a worker's process has ended, over connections that are open already, so that others take
 * over its tasks within milliseconds. In a thread: what goes wrong in a driver must not end the launcher. A thread that
 * ended is followed by another with the next report.
 */
export function openExitReporter(to: Addresses): ExitReporter {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  let thread: Worker | null = start();

  function start(): Worker {
    const started = new Worker(new URL("./report-thread.ts", import.meta.url), {
      workerData: to,
      env: childEnvironment({ DEPUTY_LOG: "silent" }),
    });
    started.on("message", ({ workerId, fault }: Report) => {
      if (fault === undefined) waiting.get(workerId)?.resolve();
      else waiting.get(workerId)?.reject(new Error(fault));
    });
    started.on("error", fail);
    started.on("exit", () => {
      thread = null;
      fail(new Error("the thread that reports it ended"));
    });
    started.unref();
    return started;
  }

  function fail(error: Error): void {
    for (const { reject } of waiting.values()) reject(error);
  }

  return {
    report: async (workerId) => {
      const answer = Promise.withResolvers<void>();
      waiting.set(workerId, answer);
      thread ??= start();
      thread.postMessage(workerId);
      try {
        await within(REPORT_MS, answer.promise, () => new Error(`no answer within ${REPORT_MS / SECOND} s`));
      } finally {
        waiting.delete(workerId);
      }
    },
    close: async () => {
      await thread?.terminate();
    },
  };
}
