import { ok, requireSameOrigin, route } from "#/app/api/answer.ts";
import { type TaskParams, taskIdOf } from "#/app/api/tasks/task-id.ts";
import { context } from "#/app/context.ts";
import { cancelTask } from "#/lib/run/cancel-task.ts";

export const POST = route(async (request: Request, at: TaskParams) => {
  requireSameOrigin(request);
  const by = { by: "user", reason: "Cancelled by the user." } as const;
  return ok({ status: await cancelTask(context(), await taskIdOf(at), by) });
});
