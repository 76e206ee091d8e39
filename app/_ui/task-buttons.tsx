"use client";

import { RotateCcw, Trash2, X } from "lucide-react";
import { useContext, useState } from "react";
import { CommandsContext } from "#/app/_ui/commands.tsx";
import { focusMessageBox } from "#/app/_ui/composer.tsx";
import { IconButton } from "#/app/_ui/icon-button.tsx";
import type { TaskPart } from "#/lib/chat/parts.ts";

/** Cancels this one task; the run goes on without it. */
export function CancelTask({ task }: { task: TaskPart }) {
  const commands = useContext(CommandsContext);
  const [asked, setAsked] = useState(false);
  if (commands === null) return null;
  const cancel = async () => {
    setAsked(true);
    if (!(await commands.cancelTask(task.taskId))) setAsked(false);
  };
  return (
    <IconButton
      icon={X}
      label={`${asked ? "Cancelling" : "Cancel"} task ${task.ref}`}
      aria-disabled={asked}
      onClick={asked ? undefined : cancel}
      className="-my-1.5 -mr-2 aria-disabled:opacity-50"
    />
  );
}

type Asked = "retry" | "drop" | null;

/** What a person can do with a dead letter. Where it is answered somewhere else meanwhile, the server says so. */
export function LetterButtons({ task }: { task: TaskPart }) {
  const commands = useContext(CommandsContext);
  const [asked, setAsked] = useState<Asked>(null);
  const [dropped, setDropped] = useState(false);
  if (commands === null) return null;
  if (dropped) return <p className="mt-2 text-[0.8125rem] text-muted">Dropped. The task stays failed.</p>;
  const retry = async () => {
    setAsked("retry");
    // The buttons go when it worked: the focus must not go with them.
    if (await commands.retryTask(task.taskId)) focusMessageBox();
    else setAsked(null);
  };
  const drop = async () => {
    setAsked("drop");
    const done = await commands.dropTask(task.taskId);
    setAsked(null);
    setDropped(done);
    if (done) focusMessageBox();
  };
  const wait = asked !== null;
  return (
    <div className="mt-2.5 flex flex-wrap gap-2">
      <button
        type="button"
        aria-label={`Try task ${task.ref} again`}
        aria-disabled={wait}
        onClick={wait ? undefined : retry}
        className={button}
      >
        <RotateCcw aria-hidden size={14} strokeWidth={2} />
        {asked === "retry" ? "Trying again…" : "Try again"}
      </button>
      <button
        type="button"
        aria-label={`Drop task ${task.ref}`}
        title="Leave it failed, and be asked no more"
        aria-disabled={wait}
        onClick={wait ? undefined : drop}
        className={button}
      >
        <Trash2 aria-hidden size={14} strokeWidth={2} />
        Drop
      </button>
    </div>
  );
}

const button =
  "tap inline-flex items-center gap-2 rounded-lg border bg-card px-3 py-1.5 text-sm font-medium hover:border-border-strong aria-disabled:opacity-50";
