"use client";

import { ArrowDown } from "lucide-react";
import { memo, type RefObject, useCallback, useEffect, useRef } from "react";
import { type StickToBottomInstance, useStickToBottom } from "use-stick-to-bottom";
import { AssistantMessage, PendingMessage } from "#/app/_ui/assistant-message.tsx";
import { useReducedMotion } from "#/app/_ui/use-reduced-motion.ts";
import { UserMessage } from "#/app/_ui/user-message.tsx";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

type Props = {
  messages: readonly DeputyMessage[];
  busy: boolean;
  awaiting: boolean;
  reconnecting: boolean;
  loading: boolean;
  /** How often a run was begun here. */
  begun: number;
  onRetry: () => void;
};

/** What was said, oldest first. It follows what is written until the person scrolls up, and never pulls them back. */
export function Transcript({ messages, busy, awaiting, reconnecting, loading, begun, onRetry }: Props) {
  const calm = useReducedMotion();
  const pressed = useRef(false);
  const stick = useStickToBottom({
    initial: "instant",
    resize: calm ? "instant" : "smooth",
    targetScrollTop: (end, { scrollElement }) => (pressed.current ? scrollElement.scrollTop : end),
  });
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = stick;
  const showEnd = useCallback(() => void scrollToBottom(calm ? "instant" : "smooth"), [scrollToBottom, calm]);
  useEndOnQuestion(messages, begun, showEnd);
  useKeptEnd(stick);
  useStillWhilePressed(stick, pressed, showEnd);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scrollRef}
        role="log"
        aria-live="off"
        aria-label="Conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        className="relative h-full overflow-auto -outline-offset-2"
      >
        <div ref={contentRef} className="mx-auto flex max-w-3xl flex-col gap-8 px-4 pt-4 pb-10 sm:px-6">
          {loading && messages.length === 0 && <p className="breathe text-sm text-muted">Loading the conversation…</p>}
          <Messages messages={messages} busy={busy} awaiting={awaiting} reconnecting={reconnecting} onRetry={onRetry} />
        </div>
      </div>
      {!isAtBottom && <JumpToLatest busy={busy} onJump={showEnd} />}
    </div>
  );
}

/** A question that was asked here brings the end into view; those that come from elsewhere do not. */
function useEndOnQuestion(messages: readonly DeputyMessage[], begun: number, showEnd: () => unknown) {
  const asked = messages.filter((message) => message.role === "user").length;
  const known = useRef({ asked, begun });
  useEffect(() => {
    if (asked <= known.current.asked) return;
    if (begun > known.current.begun) showEnd();
    known.current = { asked, begun };
  });
}

/** Keeps the end in view when the window, the keyboard or the box to write in takes room away. */
function useKeptEnd({ state, scrollRef, scrollToBottom }: StickToBottomInstance) {
  useEffect(() => {
    const element = scrollRef.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (state.isAtBottom) void scrollToBottom("instant");
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [state, scrollRef, scrollToBottom]);
}

/** A button that moves while it is pressed is not clicked: the end is followed again when it is let go. */
function useStillWhilePressed(
  { state, scrollRef }: StickToBottomInstance,
  pressed: RefObject<boolean>,
  showEnd: () => void,
) {
  useEffect(() => {
    const element = scrollRef.current;
    const press = ({ target }: PointerEvent) => {
      pressed.current = state.isAtBottom && target instanceof Element && target.closest("button, a, summary") !== null;
    };
    const letGo = () => {
      if (!pressed.current) return;
      pressed.current = false;
      if (state.isAtBottom) showEnd();
    };
    element?.addEventListener("pointerdown", press);
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, letGo);
    return () => {
      element?.removeEventListener("pointerdown", press);
      for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, letGo);
    };
  }, [state, scrollRef, pressed, showEnd]);
}

function Messages({ messages, busy, awaiting, reconnecting, onRetry }: Omit<Props, "loading" | "begun">) {
  const last = messages.at(-1);
  return (
    <>
      {messages.map((message) => (
        <Message
          key={message.id}
          message={message}
          last={message === last && !awaiting}
          busy={busy && !awaiting && message === last}
          reconnecting={reconnecting && message === last}
          onRetry={onRetry}
        />
      ))}
      {awaiting && <PendingMessage reconnecting={reconnecting} />}
    </>
  );
}

type MessageProps = {
  message: DeputyMessage;
  last: boolean;
  busy: boolean;
  reconnecting: boolean;
  onRetry: () => void;
};

const Message = memo(function Message({ message, ...rest }: MessageProps) {
  return message.role === "user" ? <UserMessage message={message} /> : <AssistantMessage message={message} {...rest} />;
}, sameMessage);

function sameMessage(before: MessageProps, after: MessageProps): boolean {
  return (
    before.message === after.message &&
    before.last === after.last &&
    before.busy === after.busy &&
    before.reconnecting === after.reconnecting
  );
}

function JumpToLatest({ busy, onJump }: { busy: boolean; onJump: () => void }) {
  return (
    <button
      type="button"
      onClick={onJump}
      className="tap absolute bottom-3 left-1/2 flex -translate-x-1/2 items-center gap-1.5 rounded-full border bg-card px-3.5 py-1.5 text-[0.8125rem] font-medium shadow-raised transition-colors hover:border-border-strong"
    >
      <ArrowDown aria-hidden size={15} strokeWidth={2} />
      Jump to latest
      {busy && <span aria-hidden className="breathe ml-0.5 size-1.5 rounded-full bg-accent" />}
    </button>
  );
}
