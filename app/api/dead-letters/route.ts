import { z } from "zod";
import { ok, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { DeputyError } from "#/lib/errors.ts";
import { listDeadLetters } from "#/lib/run/dead-letters.ts";

const Limit = z.coerce.number().int().min(1).max(200).default(50);

export const GET = route(async (request: Request) => {
  const limit = Limit.safeParse(new URL(request.url).searchParams.get("limit") ?? undefined);
  if (!limit.success) throw new DeputyError("bad-request", "limit is a whole number from 1 to 200.");
  return ok({ deadLetters: await listDeadLetters(context(), limit.data) });
});
