"use client";

import { useEffect, useRef, useState } from "react";
import type { ConversationItem } from "#/app/_ui/conversation-index.tsx";
import { callApi, reasonOf } from "#/app/_ui/conversation-transport.ts";

type Props = {
  /** The conversation that is about to be deleted; null closes the dialog. */
  conversation: ConversationItem | null;
  onClose: () => void;
  onDeleted: (conversation: ConversationItem) => Promise<void>;
};

/** Asks before a conversation is deleted for good. */
export function DeleteDialog({ conversation, onClose, onDeleted }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    setProblem(null);
    if (conversation !== null) dialog.current?.showModal();
    else dialog.current?.close();
  }, [conversation]);
  const confirm = async () => {
    if (conversation === null) return;
    try {
      await callApi("DELETE", `/api/conversations/${encodeURIComponent(conversation.id)}`);
      await onDeleted(conversation);
      onClose();
    } catch (error) {
      setProblem(reasonOf(error));
    }
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="delete-title"
      onClose={onClose}
      className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-2xl border bg-card p-6 text-foreground shadow-raised"
    >
      <h2 id="delete-title" className="font-semibold">
        Delete this conversation?
      </h2>
      <p className="mt-2 text-sm text-muted">
        “<span className="text-foreground">{conversation?.title}</span>” and the record of its runs are deleted for
        good. What is still running is stopped.
      </p>
      {problem !== null && (
        <p role="alert" className="mt-3 text-sm text-danger">
          {problem}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <button type="button" className="tap rounded-lg px-4 py-2 text-sm hover:bg-subtle" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="tap rounded-lg bg-danger px-4 py-2 text-sm font-medium text-background hover:opacity-90"
          onClick={confirm}
        >
          Delete
        </button>
      </div>
    </dialog>
  );
}
