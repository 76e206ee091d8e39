import { z } from "zod";
import { ok, readJson, route } from "#/app/api/answer.ts";
import { type RunParams, runIdOf } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { readPlanOrder } from "#/lib/run/program-schema.ts";
import { readRefs, replanRun } from "#/lib/run/replan-run.ts";

const MOST_BODY_BYTES = 1_024 * 1_024;

/** Drops, changes and adds what has not started: all of it or nothing. */
async function changePlan(request: Request, at: RunParams): Promise<Response> {
  const runId = await runIdOf(at);
  const body = await readJson(request, z.unknown(), MOST_BODY_BYTES);
  const order = readPlanOrder(body, await readRefs(context(), runId));
  const { dropped, changed, added, ids } = await replanRun(context(), runId, { by: "user", ...order });
  return ok({ dropped, changed, added: added.map((ref) => ({ ref, id: ids.get(ref) })) });
}

export const PATCH = route(changePlan);
export const POST = route(changePlan);
