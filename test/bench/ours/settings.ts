import { nodeEnvironment } from "#/lib/launch/node-runtime.ts";
import type { Servers } from "#/test/bench/harness/servers.ts";

/**
 * The environment of our processes as the launcher sets it, with a new database, and budgets that a long measurement does
 * not run into.
 */
export async function freshSettings(servers: Servers): Promise<Record<string, string>> {
  return {
    ...nodeEnvironment,
    DATABASE_URL: await servers.database("deputy"),
    REDIS_URL: servers.redis.url,
    DEPUTY_MAX_TASKS: "1000000",
    DEPUTY_RUN_MINUTES: "600",
    OPENAI_API_KEY: "none",
  };
}
