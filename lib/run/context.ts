import { type Env, env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import { type Log, log } from "#/lib/log.ts";
import { openStore, type Store } from "#/lib/store/db.ts";
import { type Doorbell, openDoorbell } from "#/lib/stream/doorbell.ts";

/** What every verb is given: the record, the doorbell, the settings. One per process. */
export type Context = {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly env: Env;
  readonly log: Log;
};

/** Both addresses must be set; nothing is connected before it is used. */
export function openContext(settings: Env = env()): Context {
  return {
    store: openStore(addressOf("DATABASE_URL", settings.databaseUrl)),
    doorbell: openDoorbell({ url: addressOf("REDIS_URL", settings.redisUrl), prefix: settings.prefix, log }),
    env: settings,
    log,
  };
}

export async function closeContext(context: Context): Promise<void> {
  await Promise.allSettled([context.doorbell.close(), context.store.close()]);
}

function addressOf(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new DeputyError(
    "not-configured",
    `${name} is not set; \`npm start\` sets it for web and worker, or set it yourself.`,
  );
}
