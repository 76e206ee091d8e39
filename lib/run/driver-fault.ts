import type { Log } from "#/lib/log.ts";

/**
 * Ends a process whose database driver has broken: it threw out of a timer, where nobody can catch it, and what was given to that
 * connection waits for ever. lib/store/pool.ts uses postgres.js so that the known ways to this are not met; this is for the
 * others. A worker ends by itself then; a web server that only logs what nobody caught has to be told. Nothing is lost: the
 * supervisor starts another process, and whoever was connected joins again.
 */
export function endOnDriverFault(log: Log): void {
  process.on("uncaughtExceptionMonitor", (error) => {
    if (!isDriverFault(error)) return;
    log.fatal({ error: error.message }, "the database driver broke; stopping");
    process.exit(1);
  });
}

export function isDriverFault(error: Error): boolean {
  return error instanceof TypeError && /[\\/]postgres[\\/](?:src|cjs)[\\/]/.test(error.stack ?? "");
}
