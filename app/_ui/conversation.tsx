"use client";

import { useEffect, useMemo, useRef, useState } from "react";
import { CommandsContext, commandsOf } from "#/app/_ui/commands.tsx";
import { Composer, focusMessageBox } from "#/app/_ui/composer.tsx";
import { useConversationIndex } from "#/app/_ui/conversation-index.tsx";
import type { SessionStart } from "#/app/_ui/conversation-session.ts";
import { readDraft, writeDraft } from "#/app/_ui/draft.ts";
import { EmptyState } from "#/app/_ui/empty-state.tsx";
import { OfflineBanner } from "#/app/_ui/offline-banner.tsx";
import { tellOtherTabs } from "#/app/_ui/other-tabs.ts";
import { PauseButton } from "#/app/_ui/pause-button.tsx";
import { RunAnnouncer } from "#/app/_ui/run-announcer.tsx";
import { textOf } from "#/app/_ui/run-parts.ts";
import { ServiceBanner } from "#/app/_ui/service-banner.tsx";
import { Transcript } from "#/app/_ui/transcript.tsx";
import { TroubleBox } from "#/app/_ui/trouble-box.tsx";
import { useConversation } from "#/app/_ui/use-conversation.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

type Props = {
  id: string;
  /** Complete, but for the answer of the run that is active. */
  messages: DeputyMessage[];
  activeRunId: string | null;
  /** The messages are not the record, or not any more. */
  stale?: boolean;
  offline: boolean;
};

/** Conversations that went on in this tab: what the router kept of their pages is out of date. */
const goneOn = new Set<string>();

/** One conversation: what was said, what runs, and the box to write in. Use the id as the key. */
export function Conversation({ id, messages: initial, activeRunId, stale = false, offline }: Props) {
  const index = useConversationIndex();
  const asked = useRef("");
  const onChange: SessionStart["onChange"] = (what) => {
    goneOn.add(id);
    if (what !== "ended") tellOtherTabs(id);
    if (what === "accepted") {
      showAddress(id);
      forgetDraft(id, asked.current);
    }
    void index.refresh();
  };
  const [start] = useState(() => ({ id, messages: initial, activeRunId, stale: stale || goneOn.has(id), onChange }));
  const { session, messages, busy, awaiting, run, link, begun, stopping, notSent, problem } = useConversation(start);
  const ask = (text: string) => {
    asked.current = text;
    focusMessageBox();
    void session.send(text);
  };
  const retry = () => {
    focusMessageBox();
    void session.retry();
  };
  const stop = () => void session.stop();
  const commands = useMemo(() => ({ ...commandsOf(session), busy }), [session, busy]);
  useEscape(busy && !stopping, stop);
  useTitle(id, busy);
  if (link === "gone") return <Gone />;
  const empty = messages.length === 0 && link !== "loading";
  return (
    <CommandsContext value={commands}>
      <main className="flex min-h-0 flex-1 flex-col">
        {empty ? (
          <EmptyState onAsk={ask} />
        ) : (
          <Transcript
            messages={messages}
            busy={busy}
            awaiting={awaiting}
            reconnecting={link === "reconnecting"}
            loading={link === "loading"}
            begun={begun}
            onRetry={retry}
          />
        )}
        <div className="safe-bottom mx-auto w-full max-w-3xl shrink-0 px-3 sm:px-4">
          <ServiceBanner broken={link === "reconnecting"} />
          {offline && <OfflineBanner short={!empty} />}
          <TroubleBox notSent={notSent?.reason ?? null} problem={problem} onDismiss={session.dismiss} />
          <Composer
            draftKey={start.stale || messages.length > 0 ? id : "new"}
            sentText={lastSaid(messages)}
            returned={notSent}
            busy={busy}
            stopping={stopping}
            beside={
              run?.status === "active" &&
              !awaiting && <PauseButton runId={run.runId} paused={run.paused !== undefined} />
            }
            onSend={ask}
            onStop={stop}
          />
        </div>
        <RunAnnouncer run={run} busy={busy} reconnecting={link === "reconnecting"} />
      </main>
    </CommandsContext>
  );
}

function Gone() {
  return (
    <main className="flex flex-1 items-center justify-center p-6 text-center text-muted">
      <p>This conversation was deleted. Its runs are gone with it.</p>
    </main>
  );
}

/** Gives a new conversation its address without leaving the page, so that the stream goes on. */
function showAddress(id: string) {
  if (window.location.pathname === "/") window.history.replaceState(null, "", `/c/${encodeURIComponent(id)}`);
}

/** A text that the server has taken is no draft any more; one that was typed meanwhile stays. */
function forgetDraft(id: string, text: string) {
  for (const key of ["new", id]) if (readDraft(key).trim() === text.trim()) writeDraft(key, "");
}

function lastSaid(messages: readonly DeputyMessage[]): string | null {
  const message = messages.findLast((candidate) => candidate.role === "user");
  return message === undefined ? null : textOf(message);
}

function useEscape(active: boolean, act: () => void) {
  useEffect(() => {
    if (!active) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector("dialog[open]") === null) act();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}

function useTitle(id: string, busy: boolean) {
  const title = useConversationIndex().items.find((item) => item.id === id)?.title;
  useEffect(() => {
    document.title = `${busy ? "● " : ""}${title === undefined ? "Deputy" : `${title} · Deputy`}`;
  }, [title, busy]);
}
