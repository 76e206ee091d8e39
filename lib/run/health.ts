import { SECOND, within } from "#/lib/clock.ts";
import { messageOf } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";
import { listLiveWorkers } from "#/lib/store/workers.ts";
import { pingRedis } from "#/lib/stream/doorbell.ts";

export type Health = { status: "ok" | "unhealthy"; postgres: string; redis: string; workers: string };

const ANSWER_WITHIN_MS = 3 * SECOND;

/** Whether the three parts answer, each `ok` or the reason in words. Answers within about three seconds itself. */
export async function readHealth(context: Context): Promise<Health> {
  const [postgres, redis, workers] = await Promise.all([
    check("Postgres", () => context.database.ask()),
    check("Redis", () => pingRedis(context.doorbell)),
    check("The worker registry", async () => {
      const live = await listLiveWorkers(context.store.db, context.env.leaseMs);
      if (live.length === 0) throw new Error("no worker is alive; start one: npm start worker");
    }),
  ]);
  const status = [postgres, redis, workers].every((part) => part === "ok") ? "ok" : "unhealthy";
  return { status, postgres, redis, workers };
}

async function check(name: string, probe: () => Promise<void>): Promise<string> {
  try {
    await within(ANSWER_WITHIN_MS, probe(), () => new Error(`does not answer within ${ANSWER_WITHIN_MS / SECOND} s`));
    return "ok";
  } catch (error) {
    return `${name}: ${messageOf(error) || "not reachable"}`;
  }
}
