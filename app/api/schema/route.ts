import { ok, routeWithoutDatabase } from "#/app/api/answer.ts";
import { schemasAt } from "#/lib/run/program-schema.ts";

/** JSON Schema of what programs send and are sent: graph, plan, event, result. */
export const GET = routeWithoutDatabase(async (request: Request) =>
  ok(schemasAt(new URL("/api/schema", request.url).href)),
);

/** The address in it is that of the request. */
export const dynamic = "force-dynamic";
