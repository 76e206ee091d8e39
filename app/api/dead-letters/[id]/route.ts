import { ok, route } from "#/app/api/answer.ts";
import { type TaskParams, taskIdOf } from "#/app/api/tasks/task-id.ts";
import { context } from "#/app/context.ts";
import { readDeadLetter } from "#/lib/run/dead-letters.ts";

export const GET = route(async (_request: Request, at: TaskParams) =>
  ok(await readDeadLetter(context(), await taskIdOf(at))),
);
