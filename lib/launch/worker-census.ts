import { join } from "node:path";
import { SECOND, within } from "#/lib/clock.ts";
import type { Env } from "#/lib/env.ts";
import { postgresUrl } from "#/lib/launch/postgres.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { openStore } from "#/lib/store/db.ts";
import { listLiveWorkers } from "#/lib/store/workers.ts";

const ANSWER_MS = 3 * SECOND;

export type VersionCount = { readonly version: string; readonly count: number };

/** The living workers, on whatever host, by version; null when the database cannot be asked from here. */
export async function countWorkers(
  settings: Pick<Env, "databaseUrl" | "dataDir" | "leaseMs">,
): Promise<readonly VersionCount[] | null> {
  const store = openStore(settings.databaseUrl ?? embeddedUrl(settings.dataDir), { max: 1 });
  try {
    const live = await within(ANSWER_MS, listLiveWorkers(store.db, settings.leaseMs), () => new Error("no answer"));
    const versions = Map.groupBy(live, (worker) => worker.version);
    return [...versions].map(([version, { length }]) => ({ version, count: length }));
  } catch {
    return null;
  } finally {
    await store.close();
  }
}

function embeddedUrl(dataDir: string): string {
  return postgresUrl(join(socketFolder(dataDir), "postgres"));
}
