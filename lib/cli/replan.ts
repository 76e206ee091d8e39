import { z } from "zod";
import { exitStatus } from "#/lib/cli/exit-status.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { type Terminal, writeLine } from "#/lib/cli/terminal.ts";
import { SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

export type ReplanOptions = {
  readonly url: string;
  readonly drop?: readonly string[];
  readonly change?: string;
  readonly add?: string;
  readonly task?: string;
  readonly agent?: string;
  readonly after?: readonly string[];
  readonly priority?: string;
  readonly timeout?: number;
  readonly reason?: string;
  readonly json?: boolean;
};

const Replanned = z.object({
  dropped: z.array(z.string()),
  changed: z.array(z.string()),
  added: z.array(z.object({ ref: z.string(), id: z.string() })),
});

/** Changes what has not started of a run, all of it or nothing, and prints what was done, a task a line. */
export async function replan(runId: string, options: ReplanOptions, { stdout }: Terminal): Promise<number> {
  const order = orderOf(options);
  const done = await serverAt(options.url).post(`/api/runs/${encodeURIComponent(runId)}/plan`, order, Replanned);
  if (options.json) writeLine(stdout, JSON.stringify(done));
  else {
    for (const ref of done.dropped) writeLine(stdout, `dropped ${ref}`);
    for (const ref of done.changed) writeLine(stdout, `changed ${ref}`);
    for (const { ref } of done.added) writeLine(stdout, `added ${ref}`);
  }
  return exitStatus.done;
}

function orderOf({ drop, change, add, task, agent, after, priority, timeout, reason }: ReplanOptions): object {
  if (change !== undefined && add !== undefined) throw wrongUse("Give --change or --add, one at a time.");
  if (drop === undefined && change === undefined && add === undefined)
    throw wrongUse("Give --drop, --change or --add.");
  if (add !== undefined && task === undefined) throw wrongUse("--add needs --task: what is to be done.");
  const words = {
    ...(task !== undefined && { task }),
    ...(after !== undefined && { dependsOn: after }),
    ...(priority !== undefined && { priority }),
    ...(timeout !== undefined && { timeoutMs: timeout * SECOND }),
  };
  return {
    ...(reason !== undefined && { reason }),
    ...(drop !== undefined && { drop }),
    ...(change !== undefined && { change: [{ ref: change, ...words, ...(agent !== undefined && { agent }) }] }),
    ...(add !== undefined && { add: [{ agent: add, ...words }] }),
  };
}

function wrongUse(message: string): DeputyError {
  return new DeputyError("usage", `${message} \`deputy replan --help\` lists the options.`);
}
