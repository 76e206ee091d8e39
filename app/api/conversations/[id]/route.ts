import { ok, requireSameOrigin, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { readConversation } from "#/lib/chat/conversation.ts";
import { DeputyError } from "#/lib/errors.ts";
import { deleteConversation } from "#/lib/run/delete-conversation.ts";

type Params = { params: Promise<{ id: string }> };

export const GET = route(async (_request: Request, { params }: Params) => {
  const { id } = await params;
  const conversation = await readConversation(context(), id);
  if (conversation === null) throw new DeputyError("conversation-unknown", `There is no conversation ${id}.`);
  return ok(conversation);
});

export const DELETE = route(async (request: Request, { params }: Params) => {
  requireSameOrigin(request);
  await deleteConversation(context(), (await params).id);
  return new Response(null, { status: 204 });
});
