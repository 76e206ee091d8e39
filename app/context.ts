import { isConnectionError } from "#/app/connection-error.ts";
import { DeputyError } from "#/lib/errors.ts";
import { awaitDatabase } from "#/lib/run/await-database.ts";
import { type Context, openContext } from "#/lib/run/context.ts";
import { endOnDriverFault } from "#/lib/run/driver-fault.ts";

const slot = globalThis as {
  deputyContext?: Context;
  /** What is known of the request that is being answered: app/server.ts, which is no part of these bundles, asks for it. */
  deputyRequest?: { getStore(): { isDatabaseAway: boolean } | undefined };
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
    return await awaitDatabase(context(), () => read(context()));
  } catch (thrown) {
    const request = slot.deputyRequest?.getStore();
    if (request !== undefined && isAway(thrown)) request.isDatabaseAway = true;
    throw thrown;
  }
}

function isAway(thrown: unknown): boolean {
  return thrown instanceof DeputyError ? thrown.code === "database-away" : isConnectionError(thrown);
}
