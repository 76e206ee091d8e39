import { ok, route } from "#/app/api/answer.ts";
import { type RunParams, runIdOf, runUnknown } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { readRun } from "#/lib/chat/transcript.ts";
import { readConflicts } from "#/lib/run/run-conflicts.ts";

export const GET = route(async (_request: Request, at: RunParams) => {
  const id = await runIdOf(at);
  const run = await readRun(context(), id);
  if (run === null) throw runUnknown(id);
  return ok({ ...run, conflicts: await readConflicts(context(), id) });
});
