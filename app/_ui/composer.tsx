"use client";

import { ArrowUp, Square } from "lucide-react";
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { DelegationPreview } from "#/app/_ui/delegation-preview.tsx";
import { mayDelegate } from "#/app/_ui/delegation-text.ts";
import { readDraft, withEarly, writeDraft } from "#/app/_ui/draft.ts";
import { ShortFormList } from "#/app/_ui/short-form-list.tsx";

/** The longest message that the server takes. */
export const maxCharacters = 100_000;

/** The address of the box within the page: where the skip link leads. */
export const messageBoxId = "message";

/** For when what had the focus is gone. On phones the keyboard stays down until the person touches the box. */
export function focusMessageBox(): void {
  if (!window.matchMedia("(pointer: fine)").matches) return;
  document.getElementById(messageBoxId)?.focus({ preventScroll: true });
}

type Props = {
  /** Names the draft that is kept; it changes when a new conversation gets its id. */
  draftKey: string;
  /** A draft that was sent after all: it is not offered again. */
  sentText: string | null;
  /** A message that could not be sent comes back into the box. */
  returned: { readonly text: string } | null;
  busy: boolean;
  stopping: boolean;
  /** Stands beside Stop. */
  beside: ReactNode;
  onSend: (text: string) => void;
  onStop: () => void;
};

/**
 * The box to write in. It is never locked: while a run is active what is typed is kept as a draft. What comes and goes with
 * the text stands above it: a Send button that moves while it is pressed is not clicked.
 */
export function Composer({ draftKey, sentText, returned, busy, stopping, beside, onSend, onStop }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(field, draftKey, sentText, returned);
  const hintId = useId();
  const message = readyToSend(text);
  const tooMany = message.length - maxCharacters;
  const sendable = !busy && message !== "" && tooMany <= 0;
  useAutosize(field, text);
  useFocusOnStart(draftKey === "new");
  const send = () => {
    if (!sendable) return;
    onSend(message);
    setText("", { keepStored: true });
    focusMessageBox();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      aria-label="New message"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="flex flex-col-reverse rounded-2xl border border-border-field bg-card shadow-raised transition-colors focus-within:border-accent"
    >
      <div className="flex items-end gap-2 p-2 pl-4">
        <textarea
          ref={field}
          id={messageBoxId}
          aria-label="Message"
          aria-describedby={hintId}
          rows={1}
          value={text}
          placeholder="Ask something, or / to delegate"
          enterKeyHint="send"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="max-h-[40dvh] min-h-9 flex-1 resize-none bg-transparent py-1.5 pointer-coarse:py-2.5 text-base leading-6 outline-none placeholder:text-muted sm:text-[0.9375rem]"
        />
        {busy && beside}
        {busy ? <StopButton stopping={stopping} onStop={onStop} /> : <SendButton enabled={sendable} />}
      </div>
      <ShortFormList
        text={text}
        onPick={(beginning) => {
          setText(beginning);
          field.current?.focus();
        }}
      />
      <div id={hintId} className="text-[0.8125rem] empty:hidden">
        {tooMany > 0 && <Hint danger>{tooLong(tooMany)}</Hint>}
        {busy && message !== "" && <Hint>Kept as a draft. It can be sent when the run has ended.</Hint>}
        {mayDelegate(message) && tooMany <= 0 && <DelegationPreview text={message} />}
      </div>
    </form>
  );
}

function SendButton({ enabled }: { enabled: boolean }) {
  return (
    <button
      type="submit"
      aria-label="Send"
      title="Send (Enter)"
      disabled={!enabled}
      className="tap inline-flex size-9 shrink-0 items-center justify-center rounded-xl bg-accent text-accent-foreground transition-colors hover:opacity-90 disabled:bg-subtle disabled:text-muted disabled:opacity-100"
    >
      <ArrowUp aria-hidden size={18} strokeWidth={2} />
    </button>
  );
}

function StopButton({ stopping, onStop }: { stopping: boolean; onStop: () => void }) {
  return (
    <button
      type="button"
      aria-label={stopping ? "Stopping" : "Stop"}
      title="Stop (Esc)"
      aria-disabled={stopping}
      onClick={stopping ? undefined : onStop}
      className="tap inline-flex size-9 shrink-0 items-center justify-center rounded-xl bg-foreground text-background transition-opacity hover:opacity-90 aria-disabled:opacity-50"
    >
      <Square aria-hidden size={13} fill="currentColor" className={stopping ? "breathe" : ""} />
    </button>
  );
}

function Hint({ danger = false, children }: { danger?: boolean; children: string }) {
  return <p className={`border-b px-4 py-2 ${danger ? "text-danger" : "text-muted"}`}>{children}</p>;
}

type SetText = (text: string, options?: { keepStored: boolean }) => void;

type Field = RefObject<HTMLTextAreaElement | null>;

/**
 * The text of the box, kept in the browser as it is typed. A text that is being sent stays kept until it is taken; what was
 * typed before the page had loaded its code stands in the box alone.
 */
function useDraft(
  field: Field,
  key: string,
  sentText: string | null,
  returned: { readonly text: string } | null,
): [string, SetText] {
  const [text, setText] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once; later the box is the truth and storage its copy
  useEffect(() => {
    const kept = readDraft(key);
    const begun = withEarly(kept === sentText ? "" : kept, field.current?.value ?? "");
    writeDraft(key, begun);
    setText((typed) => (typed === "" ? begun : typed));
  }, []);
  useEffect(() => {
    if (returned !== null) setText((typed) => (typed === "" ? returned.text : `${returned.text}\n\n${typed}`));
  }, [returned]);
  const change: SetText = (value, options) => {
    setText(value);
    if (options?.keepStored !== true) writeDraft(key, value);
  };
  return [text, change];
}

function useAutosize(field: Field, text: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height depends on the text
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}

/** On a new conversation the person is here to write. */
function useFocusOnStart(isNew: boolean) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is shown
  useEffect(() => {
    if (isNew) focusMessageBox();
  }, []);
}

/** The message as it is sent: without blank lines before it and blanks behind it, so that column 0 stays column 0. */
function readyToSend(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}

function tooLong(tooMany: number): string {
  return `A message has at most ${maxCharacters.toLocaleString("en")} characters; this one has ${tooMany.toLocaleString("en")} too many.`;
}
