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

/** A dead letter: in its run it goes on in place, after that a new run is needed, for which another one must not be under way. */
export type Letter = "of-this-run" | "of-an-ended-run";

type Asked = "retry" | "drop" | null;

const answers = {
  dropped: "Dropped. The task stays failed.",
  started: "A new run below tries it again.",
  late: "Somebody has tried it again or dropped it meanwhile.",
};

/** What a person can do with a dead letter, and then what came of it. Without a `letter` there is nothing to do any more. */
export function LetterButtons({ task, letter }: { task: TaskPart; letter: Letter | undefined }) {
  const commands = useContext(CommandsContext);
  const [asked, setAsked] = useState<Asked>(null);
  const [answer, setAnswer] = useState<keyof typeof answers | null>(null);
  if (commands === null) return null;
  if (answer !== null) {
    return (
      <p role="status" className="mt-1 text-[0.8125rem]">
        {answers[answer]}
      </p>
    );
  }
  if (letter === undefined) return null;
  // The buttons go when it worked, or came too late: the focus must not go with them.
  const settle = (how: keyof typeof answers | "reopened" | null) => {
    if (how === null) return setAsked(null);
    if (how !== "reopened") setAnswer(how);
    focusMessageBox();
  };
  const retry = async () => {
    setAsked("retry");
    settle(await commands.retryTask(task.taskId));
  };
  const drop = async () => {
    setAsked("drop");
    settle(await commands.dropTask(task.taskId));
  };
  const wait = asked !== null;
  const isBusy = letter === "of-an-ended-run" && commands.busy;
  return (
    <div className="mt-2.5 flex flex-wrap gap-2">
      <button
        type="button"
        aria-label={`Try task ${task.ref} again`}
        title={isBusy ? "Another run is under way: wait for its end" : undefined}
        aria-disabled={wait || isBusy}
        onClick={wait || isBusy ? undefined : retry}
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
