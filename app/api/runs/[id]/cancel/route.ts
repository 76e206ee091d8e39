import { ok, requireSameOrigin, route } from "#/app/api/answer.ts";
import { type RunParams, runIdOf } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";

export const POST = route(async (request: Request, at: RunParams) => {
  requireSameOrigin(request);
  const status = await cancelRun(context(), await runIdOf(at), { by: "user", reason: "Stopped by the user." });
  return ok({ status });
});
