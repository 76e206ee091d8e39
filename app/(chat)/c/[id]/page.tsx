import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { Conversation } from "#/app/_ui/conversation.tsx";
import { mustTellOffline } from "#/app/_ui/offline.ts";
import { fromDatabase } from "#/app/context.ts";
import { readConversation } from "#/lib/chat/conversation.ts";

type Props = { params: Promise<{ id: string }> };

const read = cache((id: string) => fromDatabase((from) => readConversation(from, id)));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const conversation = await read(decodeURIComponent((await params).id));
  return { title: conversation?.title ?? "Not found" };
}

export default async function ConversationPage({ params }: Props) {
  const conversation = await read(decodeURIComponent((await params).id));
  if (conversation === null) notFound();
  const { id, messages, activeRunId } = conversation;
  return (
    <Conversation key={id} id={id} messages={messages} activeRunId={activeRunId} offline={await mustTellOffline()} />
  );
}
