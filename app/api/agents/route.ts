import { ok, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { listAgents } from "#/lib/run/list-agents.ts";

export const GET = route(async () => ok({ agents: await listAgents(context()) }));

/** Nothing of it is known when the product is built. */
export const dynamic = "force-dynamic";
