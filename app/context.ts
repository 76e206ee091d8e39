import { awaitDatabase } from "#/lib/run/await-database.ts";
import { type Context, openContext } from "#/lib/run/context.ts";
import { endOnDriverFault } from "#/lib/run/driver-fault.ts";

const slot = globalThis as { deputyContext?: Context };

/** The context of the web process: one, whatever number of bundles Next makes of this file. */
export function context(): Context {
  if (slot.deputyContext === undefined) {
    slot.deputyContext = openContext();
    endOnDriverFault(slot.deputyContext.log);
  }
  return slot.deputyContext;
}

/** What a page shows; throws within 5 s when the database does not answer, and the error page takes its place. */
export function fromDatabase<T>(read: (from: Context) => Promise<T>): Promise<T> {
  return awaitDatabase(context(), () => read(context()));
}
