import { ok, requireSameOrigin, route } from "#/app/api/answer.ts";
import { type TaskParams, taskIdOf } from "#/app/api/tasks/task-id.ts";
import { context } from "#/app/context.ts";
import { dropDeadLetter } from "#/lib/run/dead-letters.ts";

export const POST = route(async (request: Request, at: TaskParams) => {
  requireSameOrigin(request);
  await dropDeadLetter(context(), await taskIdOf(at));
  return ok({ status: "dropped" });
});
