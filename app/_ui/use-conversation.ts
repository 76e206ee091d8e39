"use client";

import "#/app/_ui/without-eval.ts";

import { useChat } from "@ai-sdk/react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { ConversationSession, type SessionStart, type SessionView } from "#/app/_ui/conversation-session.ts";
import { hearOtherTabs } from "#/app/_ui/other-tabs.ts";
import { runOf } from "#/app/_ui/run-parts.ts";
import { steady } from "#/app/_ui/steady-messages.ts";
import type { DeputyMessage, RunPart } from "#/lib/chat/parts.ts";

export type ConversationState = SessionView & {
  readonly session: ConversationSession;
  readonly messages: readonly DeputyMessage[];
  /** A message is on its way or a run is active: Send is Stop. */
  readonly busy: boolean;
  /** A message was sent, or its run is being joined, and nothing of the run has come yet. */
  readonly awaiting: boolean;
  /** The newest run of the conversation, when its first part has come. */
  readonly run: RunPart | undefined;
};

/** Shows one conversation live for as long as the component is mounted. The id must not change: use it as the key. */
export function useConversation(start: SessionStart): ConversationState {
  const [session] = useState(() => new ConversationSession(start));
  useEffect(() => {
    session.open();
    const stop = hearOtherTabs((conversationId) => {
      if (conversationId === session.chat.id) void session.look();
    });
    return () => {
      stop();
      session.close();
    };
  }, [session]);
  const view = useSyncExternalStore(session.subscribe, session.view, session.view);
  const { messages, status } = useChat<DeputyMessage>({ chat: session.chat, throttle: 50 });
  const shown = useSteady(messages, view.catchingUp);
  const run = runOf(shown.at(-1));
  const busy =
    status === "submitted" || status === "streaming" || view.link === "reconnecting" || run?.status === "active";
  const awaiting = busy && (shown.at(-1)?.role === "user" || (status === "submitted" && run?.status !== "active"));
  return { ...view, session, messages: shown, busy, awaiting, run };
}

function useSteady(messages: DeputyMessage[], catchingUp: boolean): readonly DeputyMessage[] {
  const last = useRef<readonly DeputyMessage[]>(messages);
  last.current = catchingUp ? steady(last.current, messages) : messages;
  return last.current;
}
