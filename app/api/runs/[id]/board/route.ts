import { ok, route } from "#/app/api/answer.ts";
import { type RunParams, runIdOf } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { readBoard } from "#/lib/run/board.ts";

export const GET = route(async (_request: Request, at: RunParams) => {
  return ok({ notes: await readBoard(context(), await runIdOf(at)) });
});
