import type { Log } from "#/lib/log.ts";

/**
 * Ends a process whose database driver has broken. When a connection goes away at the wrong moment, postgres.js 3.4 throws
 * out of a timer ("reading 'write'"), and what is given to that connection from then on waits for ever. A worker ends by
 * itself then; a web server that only logs what nobody caught has to be told. Nothing is lost: the supervisor starts another
 * process, and whoever was connected joins again.
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
