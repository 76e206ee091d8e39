import { randomBytes } from "node:crypto";
import type { Crew } from "#/lib/launch/crew.ts";
import type { Running } from "#/lib/launch/embedded-server.ts";
import type { ExitReporter } from "#/lib/launch/exit-reporter.ts";
import { type NodeChildOptions, startNodeChild } from "#/lib/launch/node-child.ts";
import { nodeFlags } from "#/lib/launch/node-runtime.ts";
import type { Supervised } from "#/lib/launch/supervise.ts";

/** A worker may finish what it does. */
const GRACE_MS = 25_000;

/** What the workers of a launcher are called in its messages, its list of children and the names of their logs. */
export function workerNames(count: number): string[] {
  if (count === 1) return ["worker"];
  return Array.from({ length: count }, (_, at) => `worker-${at + 1}`);
}

export type WorkerStart = {
  /** The file to run: asked for at every start. */
  entry(): Promise<string>;
  readonly added: Record<string, string>;
  readonly onLine: NodeChildOptions["onLine"];
  readonly reporter: ExitReporter;
};

/** One supervised worker process. Each start has an id of its own, and its end is reported under that id. */
export function startWorker(crew: Pick<Crew, "add">, name: string, start: WorkerStart): Promise<Supervised<Running>> {
  let workerId = "";
  return crew.add(
    name,
    async (onExit) => {
      workerId = `${name}-${randomBytes(8).toString("hex")}`;
      const added = { ...start.added, DEPUTY_WORKER_ID: workerId };
      const args = [...nodeFlags, await start.entry()];
      return startNodeChild({ args, added, graceMs: GRACE_MS, onLine: start.onLine, onExit });
    },
    () => start.reporter.report(workerId),
  );
}
