import { z } from "zod";
import { admitted } from "#/app/api/admission.ts";
import { ok, readJson, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { listRuns } from "#/lib/chat/transcript.ts";
import { DeputyError } from "#/lib/errors.ts";
import { readGraphOrder } from "#/lib/run/program-schema.ts";
import { startProgramRun } from "#/lib/run/start-program-run.ts";

const Limit = z.coerce.number().int().min(1).max(200).default(50);
const Key = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const MOST_BODY_BYTES = 8 * 1_024 * 1_024;

export const GET = route(async (request: Request) => {
  const limit = Limit.safeParse(new URL(request.url).searchParams.get("limit") ?? undefined);
  if (!limit.success) throw new DeputyError("bad-request", "limit is a whole number from 1 to 200.");
  return ok({ runs: await listRuns(context(), limit.data) });
});

/** Starts a run with a graph of tasks; its schema is at `GET /api/schema`. Every fault of it is told at once. */
export const POST = route(async (request: Request) => {
  const key = keyOf(request);
  const order = readGraphOrder(await readJson(request, z.unknown(), MOST_BODY_BYTES));
  const started = await admitted(() => startProgramRun(context(), { ...order, ...(key !== null && { key }) }));
  return ok(started, { status: 201, headers: { location: `/api/runs/${started.runId}` } });
});

function keyOf(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key === null || Key.safeParse(key).success) return key;
  throw new DeputyError("bad-request", "Idempotency-Key is 1 to 200 visible ASCII characters.");
}
