import { ok, requireSameOrigin, route } from "#/app/api/answer.ts";
import { type RunParams, runIdOf } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { resumeRun } from "#/lib/run/pause-run.ts";

export const POST = route(async (request: Request, at: RunParams) => {
  requireSameOrigin(request);
  const status = await resumeRun(context(), await runIdOf(at), { by: "user" });
  return ok({ status });
});
