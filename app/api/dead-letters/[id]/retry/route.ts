import { ok, requireSameOrigin, route } from "#/app/api/answer.ts";
import { type TaskParams, taskIdOf } from "#/app/api/tasks/task-id.ts";
import { context } from "#/app/context.ts";
import { retryDeadLetter } from "#/lib/run/dead-letters.ts";

export const POST = route(async (request: Request, at: TaskParams) => {
  requireSameOrigin(request);
  return ok(await retryDeadLetter(context(), await taskIdOf(at)));
});
