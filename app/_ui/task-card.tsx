"use client";

import { memo } from "react";
import { AgentIcon } from "#/app/_ui/agent-icon.tsx";
import { Clamped } from "#/app/_ui/clamped.tsx";
import { Disclosure } from "#/app/_ui/disclosure.tsx";
import { Elapsed } from "#/app/_ui/elapsed.tsx";
import { CancelTask, type Letter, LetterButtons } from "#/app/_ui/task-buttons.tsx";
import { TaskResult } from "#/app/_ui/task-result.tsx";
import { TaskState } from "#/app/_ui/task-state.tsx";
import { WithCode } from "#/app/_ui/with-code.tsx";
import { agentWords, count, deadInWords } from "#/app/_ui/words.ts";
import type { TaskPart } from "#/lib/chat/parts.ts";

type Props = {
  task: TaskPart;
  /** References of the tasks that it still waits for, with blanks between; a string, so that equal is the same. */
  waitingFor: string;
  letter: Letter | undefined;
};

/** One delegation: who does what, where it stands, what it is doing now, what it brought. */
export const TaskCard = memo(function TaskCard({ task, waitingFor, letter }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      role="group"
      aria-label={`${task.agent} task ${task.ref}`}
      data-status={task.status}
      className="rounded-xl border bg-card"
    >
      <div className="px-4 pt-3 pb-3">
        <TaskHead task={task} waitingFor={waitingFor} />
        <Clamped text={task.task} atMost={220} className="mt-2 text-sm leading-relaxed" />
        {task.endedAt === undefined && task.activity !== undefined && (
          <p className="mt-1.5 flex items-baseline gap-2 text-[0.8125rem] text-muted">
            <span aria-hidden className="breathe size-1.5 shrink-0 -translate-y-px rounded-full bg-accent" />
            {task.activity}
          </p>
        )}
      </div>
      {task.error !== undefined && <Reason task={task} letter={letter} />}
      {task.result !== undefined && (
        <Disclosure summary={inShort(task.result)}>
          <TaskResult result={task.result} />
        </Disclosure>
      )}
    </div>
  );
});

function TaskHead({ task, waitingFor }: Omit<Props, "letter">) {
  return (
    <div className="flex items-center gap-2.5">
      <AgentIcon agent={task.agent} />
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2 text-sm">
        <span className="font-semibold">{agentWords[task.agent]}</span>
        <span className="font-mono text-xs text-muted">{task.ref}</span>
        {task.author === "user" && <span className="text-xs text-muted">delegated by you</span>}
        {task.standIn !== undefined && <span className="text-xs text-muted">done by {agentWords[task.standIn]}</span>}
        {task.attempt > 1 && <span className="text-xs text-warning">attempt {task.attempt}</span>}
      </div>
      <div className="flex shrink-0 items-center gap-2 text-[0.8125rem] text-muted">
        <TaskState status={task.status} attempt={task.attempt} waitingFor={waitingFor.split(" ").filter(Boolean)} />
        {task.startedAt !== undefined && <Elapsed from={task.startedAt} to={task.endedAt} />}
        {task.endedAt === undefined && <CancelTask task={task} />}
      </div>
    </div>
  );
}

function Reason({ task, letter }: Omit<Props, "waitingFor">) {
  const failed = task.status === "failed";
  return (
    <div
      className={`border-t px-4 py-2.5 last:rounded-b-xl text-sm leading-relaxed ${failed ? "bg-danger-soft" : "text-muted"}`}
    >
      <p>
        {failed && <span className="font-medium text-danger">Why it failed: </span>}
        {task.endedAt === undefined && <span className="font-medium">The last attempt failed: </span>}
        <WithCode text={task.error?.message ?? ""} />
      </p>
      {task.dead !== undefined && (
        <p className="mt-1 text-[0.8125rem] text-muted">{deadInWords(task.dead, task.attempt)}</p>
      )}
      {letter !== undefined && <LetterButtons task={task} letter={letter} />}
    </div>
  );
}

function inShort({ evidence, plan, page }: NonNullable<TaskPart["result"]>): string {
  const brought = [
    evidence.length > 0 ? count(evidence.length, "finding") : "",
    plan === undefined ? "" : `Plan with ${count(plan.steps.length, "step")}`,
    page === undefined ? "" : `Page: ${page.title || page.finalUrl}`,
  ].filter(Boolean);
  return brought.length === 0 ? "Result" : brought.join(", ");
}
