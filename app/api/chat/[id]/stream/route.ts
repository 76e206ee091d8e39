import { route } from "#/app/api/answer.ts";
import { eventStream } from "#/app/api/event-stream.ts";
import { context } from "#/app/context.ts";
import { findActivity } from "#/lib/chat/conversation.ts";
import { streamAsMessage } from "#/lib/chat/stream-run.ts";

/** Joins the active run of the conversation from its beginning; 204 when none is active. */
export const GET = route(async (request: Request, { params }: { params: Promise<{ id: string }> }) => {
  const { runId } = await findActivity(context(), (await params).id);
  if (runId === null) return new Response(null, { status: 204 });
  return eventStream(request, (viewer) => streamAsMessage(context(), runId, viewer), { "x-run-id": runId });
});
