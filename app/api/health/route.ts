import { ok, routeWithoutDatabase } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { readHealth } from "#/lib/run/health.ts";

export const GET = routeWithoutDatabase(async () => {
  const health = await readHealth(context());
  return ok(health, { status: health.status === "ok" ? 200 : 503 });
});

/** Nothing of it is known when the product is built. */
export const dynamic = "force-dynamic";
