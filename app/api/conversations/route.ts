import { ok, route } from "#/app/api/answer.ts";
import { context } from "#/app/context.ts";
import { listConversations } from "#/lib/chat/conversation.ts";

export const GET = route(async () => ok({ conversations: await listConversations(context()) }));

/** Nothing of it is known when the product is built. */
export const dynamic = "force-dynamic";
