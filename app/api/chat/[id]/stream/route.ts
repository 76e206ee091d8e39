import { route } from "#/app/api/answer.ts";
import { eventStream } from "#/app/api/event-stream.ts";
import { context } from "#/app/context.ts";
import { findActivity } from "#/lib/chat/conversation.ts";
import { streamAsMessage } from "#/lib/chat/stream-run.ts";

/** Joins the active run of the conversation from its beginning; 204 when none is active, with the newest one's id. */
export const GET = route(async (request: Request, { params }: { params: Promise<{ id: string }> }) => {
  const { newestRunId, isActive } = await findActivity(context(), (await params).id);
  const headers: Record<string, string> = newestRunId === null ? {} : { "x-run-id": newestRunId };
  if (newestRunId === null || !isActive) return new Response(null, { status: 204, headers });
  return eventStream(request, (viewer) => streamAsMessage(context(), newestRunId, viewer), headers);
});
