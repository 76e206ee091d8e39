"use client";

import { PencilLine, Trash2 } from "lucide-react";
import { type FormEvent, useContext, useId, useState } from "react";
import { CommandsContext } from "#/app/_ui/commands.tsx";
import { focusMessageBox } from "#/app/_ui/composer.tsx";
import type { PlanChange } from "#/app/_ui/plan-change.ts";
import { cardIdOf } from "#/app/_ui/show-task.ts";
import type { TaskPart } from "#/lib/chat/parts.ts";

/** A task that nobody has begun can be worded anew or taken out of the plan. Why that was refused stands right here. */
export function ReplanButtons({ task, runId }: { task: TaskPart; runId: string }) {
  const commands = useContext(CommandsContext);
  const [editing, setEditing] = useState(false);
  const [asked, setAsked] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  if (commands === null) return null;
  const change = async (what: PlanChange) => {
    setAsked(true);
    const reason = await commands.changePlan(runId, what);
    setAsked(false);
    setRefused(reason);
    if (reason !== null) return;
    setEditing(false);
    if (what.drop !== undefined) focusMessageBox();
    else document.getElementById(cardIdOf(task.taskId))?.focus({ preventScroll: true });
  };
  return (
    <div className="mt-1.5">
      {editing ? (
        <WordsForm
          task={task}
          asked={asked}
          onSave={(words) => change({ change: [{ ref: task.ref, task: words }] })}
          onLeave={() => setEditing(false)}
        />
      ) : (
        <div className="-mb-1 -ml-2 flex flex-wrap gap-x-1">
          <button
            type="button"
            aria-label={`Change task ${task.ref}`}
            onClick={() => setEditing(true)}
            className={quiet}
          >
            <PencilLine aria-hidden size={14} strokeWidth={2} />
            Change
          </button>
          <button
            type="button"
            aria-label={`Remove task ${task.ref}`}
            aria-disabled={asked}
            onClick={asked ? undefined : () => change({ drop: [task.ref] })}
            className={quiet}
          >
            <Trash2 aria-hidden size={14} strokeWidth={2} />
            {asked ? "Removing…" : "Remove"}
          </button>
        </div>
      )}
      {refused !== null && (
        <p role="alert" className="mt-1.5 text-[0.8125rem] text-danger">
          {refused}
        </p>
      )}
    </div>
  );
}

type FormProps = { task: TaskPart; asked: boolean; onSave: (words: string) => void; onLeave: () => void };

function WordsForm({ task, asked, onSave, onLeave }: FormProps) {
  const [words, setWords] = useState(task.task);
  const id = useId();
  const isReady = !asked && words.trim() !== "" && words.trim() !== task.task;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) onSave(words.trim());
  };
  return (
    <form aria-label={`Change task ${task.ref}`} onSubmit={save} onKeyDown={onEscape(onLeave)} className="space-y-2">
      <label htmlFor={id} className="sr-only">
        Words of task {task.ref}
      </label>
      <textarea
        id={id}
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
        autoFocus
        rows={Math.min(8, words.split("\n").length + 1)}
        value={words}
        onChange={(event) => setWords(event.target.value)}
        className="w-full resize-y rounded-lg border border-border-field bg-card px-3 py-2 text-base leading-relaxed sm:text-sm"
      />
      <div className="flex flex-wrap gap-2">
        <button
          type="submit"
          disabled={!isReady}
          className="tap rounded-lg bg-accent px-3 py-1.5 text-sm font-medium text-accent-foreground hover:opacity-90 disabled:bg-subtle disabled:text-muted"
        >
          {asked ? "Saving…" : "Save"}
        </button>
        <button type="button" onClick={onLeave} className={button}>
          Leave it
        </button>
      </div>
    </form>
  );
}

/** Escape leaves the form, and does not stop the run as well. */
function onEscape(leave: () => void) {
  return (event: React.KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    leave();
  };
}

const button =
  "tap inline-flex items-center gap-2 rounded-lg border bg-card px-3 py-1.5 text-sm font-medium hover:border-border-strong";

const quiet =
  "tap inline-flex items-center gap-1.5 rounded-md px-2 py-1 text-[0.8125rem] font-medium text-muted transition-colors hover:bg-subtle hover:text-foreground aria-disabled:opacity-50";
