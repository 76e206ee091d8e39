import { parseEnv } from "#/lib/env.ts";
import { type Context, closeContext, openContext } from "#/lib/run/context.ts";
import { isDriverFault } from "#/lib/run/driver-fault.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";

/**
 * The suite's own way into the product: the verbs that a web process calls, in this process. Where a web process would end
 * on a broken driver and be started again, the client opens another context; `signal` of the one before aborts.
 */
export type Client = {
  readonly context: Context;
  readonly signal: AbortSignal;
  /** Contexts that were given up so far. */
  readonly renewals: number;
  close(): Promise<void>;
};

export function openClient(settings: Record<string, string>): Client {
  const environment = parseEnv(settings);
  let context = openContext(environment);
  let broken = new AbortController();
  let renewals = 0;

  const onUncaught = (error: Error) => {
    if (!isDriverFault(error)) {
      console.error(error);
      process.exit(1);
    }
    renewals += 1;
    const old = context;
    context = openContext(environment);
    broken.abort();
    broken = new AbortController();
    void closed(old);
  };
  process.on("uncaughtException", onUncaught);

  return {
    get context() {
      return context;
    },
    get signal() {
      return broken.signal;
    },
    get renewals() {
      return renewals;
    },
    async close() {
      broken.abort();
      await closed(context);
      process.off("uncaughtException", onUncaught);
    },
  };
}

async function closed(context: Context): Promise<void> {
  stopFollowing(context);
  await closeContext(context);
}
