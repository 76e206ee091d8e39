import { ok, route } from "#/app/api/answer.ts";
import { eventStream } from "#/app/api/event-stream.ts";
import { type RunParams, runIdOf, runUnknown } from "#/app/api/runs/run-id.ts";
import { context } from "#/app/context.ts";
import { findLogHead, streamAsEvents } from "#/lib/chat/stream-run.ts";
import { readTranscript } from "#/lib/chat/transcript.ts";
import { DeputyError } from "#/lib/errors.ts";

/** The largest number that a run's counter can hold. */
const LARGEST_SEQ = 2_147_483_647;

/** Events after a cursor, as JSON, or followed live as server-sent events. */
export const GET = route(async (request: Request, at: RunParams) => {
  const id = await runIdOf(at);
  const after = cursorOf(request);
  const isFollowed = (request.headers.get("accept") ?? "").includes("text/event-stream");
  return isFollowed ? follow(request, id, after) : read(id, after);
});

async function follow(request: Request, id: string, after: number): Promise<Response> {
  const head = await findLogHead(context(), id);
  if (head === null) throw runUnknown(id);
  requireReached(after, head.lastSeq);
  // To a browser's EventSource every other end of a stream is a reason to come again.
  if (!head.active && after === head.lastSeq) return new Response(null, { status: 204 });
  return eventStream(request, (viewer) => streamAsEvents(context(), id, after, viewer));
}

async function read(id: string, after: number): Promise<Response> {
  const transcript = await readTranscript(context(), id, after);
  if (transcript === null) throw runUnknown(id);
  const { run, events } = transcript;
  requireReached(after, run.lastSeq);
  return ok({ events, lastSeq: run.lastSeq, ended: run.status !== "active" });
}

function requireReached(after: number, lastSeq: number): void {
  if (after <= lastSeq) return;
  throw new DeputyError(
    "bad-cursor",
    `The run's newest event is ${lastSeq}; there is none after ${after} to wait for.`,
  );
}

/** `Last-Event-ID` is what a client that was cut off sends; it says more than the address it began with. */
function cursorOf(request: Request): number {
  const given = request.headers.get("last-event-id") ?? new URL(request.url).searchParams.get("after") ?? "0";
  const cursor = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  if (cursor <= LARGEST_SEQ) return cursor;
  throw new DeputyError(
    "bad-cursor",
    `The cursor (after, or Last-Event-ID) is a whole number from 0 to ${LARGEST_SEQ}.`,
  );
}
