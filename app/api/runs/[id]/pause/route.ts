import { z } from "zod";
import { ok, readJsonIfAny, route } from "#/app/api/answer.ts";
import { type RunParams, runIdOf } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { pauseRun } from "#/lib/run/pause-run.ts";

const MOST_BYTES = 16 * 1_024;
const Body = z.object({ reason: z.string().trim().min(1).max(500).optional() });

export const POST = route(async (request: Request, at: RunParams) => {
  const { reason } = (await readJsonIfAny(request, Body, MOST_BYTES)) ?? {};
  const status = await pauseRun(context(), await runIdOf(at), { by: "user", ...(reason && { reason }) });
  return ok({ status });
});
