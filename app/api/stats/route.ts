import { ok, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { readStatistics } from "#/lib/run/read-statistics.ts";

export const GET = route(async () => ok(await readStatistics(context())));

/** Nothing of it is known when the product is built. */
export const dynamic = "force-dynamic";
