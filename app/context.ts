import { isConnectionError } from "#/app/connection-error.ts";
import { DeputyError } from "#/lib/errors.ts";
import { awaitDatabase } from "#/lib/run/await-database.ts";
import { type Context, openContext } from "#/lib/run/context.ts";
import { endOnDriverFault } from "#/lib/run/driver-fault.ts";

const slot = globalThis as {
  deputyContext?: Context;
  /** Whether the last page did without the database: app/server.ts, which is no part of these bundles, answers with it. */
  deputyDatabaseAway?: boolean;
};

/** The context of the web process: one, whatever number of bundles Next makes of this file. */
export function context(): Context {
  if (slot.deputyContext === undefined) {
    slot.deputyContext = openContext();
    endOnDriverFault(slot.deputyContext.log);
  }
  return slot.deputyContext;
}

/** What a page shows; throws within 5 s when the database does not answer, and the error page takes its place. */
export async function fromDatabase<T>(read: (from: Context) => Promise<T>): Promise<T> {
  try {
    const found = await awaitDatabase(context(), () => read(context()));
    slot.deputyDatabaseAway = false;
    return found;
  } catch (thrown) {
    slot.deputyDatabaseAway = isAway(thrown);
    throw thrown;
  }
}

function isAway(thrown: unknown): boolean {
  return thrown instanceof DeputyError ? thrown.code === "database-away" : isConnectionError(thrown);
}
