"use client";

import { memo } from "react";
import { AgentIcon } from "#/app/_ui/agent-icon.tsx";
import { AuctionView } from "#/app/_ui/auction-view.tsx";
import { Clamped } from "#/app/_ui/clamped.tsx";
import { Disclosure } from "#/app/_ui/disclosure.tsx";
import { Elapsed } from "#/app/_ui/elapsed.tsx";
import { ReplanButtons } from "#/app/_ui/replan-buttons.tsx";
import { cardIdOf } from "#/app/_ui/show-task.ts";
import { CancelTask, type Letter, LetterButtons } from "#/app/_ui/task-buttons.tsx";
import { TaskFacts } from "#/app/_ui/task-facts.tsx";
import { TaskFamily } from "#/app/_ui/task-family.tsx";
import { resultInShort } from "#/app/_ui/task-in-short.ts";
import { TaskResult } from "#/app/_ui/task-result.tsx";
import { TaskState } from "#/app/_ui/task-state.tsx";
import { VoteView } from "#/app/_ui/vote-view.tsx";
import { WithCode } from "#/app/_ui/with-code.tsx";
import { agentWords, deadInWords, doerWords } from "#/app/_ui/words.ts";
import type { RunPart, TaskPart } from "#/lib/chat/parts.ts";

/** What a card needs to know of its run. */
type RunView = Pick<RunPart, "runId" | "status"> | undefined;

type Props = {
  task: TaskPart;
  /** All tasks of the run. */
  tasks: readonly TaskPart[];
  run: RunView;
  /** Ids of the tasks that are dead letters. */
  letters: ReadonlySet<string>;
};

/** One delegation: who does what, where it stands, what it is doing now, what it brought, and the parts that it has. */
export const TaskCard = memo(function TaskCard({ task, tasks, run, letters }: Props) {
  const parts = tasks.filter(({ parentId }) => parentId === task.taskId);
  const letter = letterOf(task, letters, run);
  const canChange = run?.status === "active" && task.status === "pending" && isUntouched(task);
  const auction = task.result?.auction ?? task.auction;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      id={cardIdOf(task.taskId)}
      role="group"
      tabIndex={-1}
      aria-label={`${task.agent === "main" ? "unassigned" : task.agent} task ${task.ref}`}
      data-status={task.status}
      className="scroll-mt-4 rounded-xl border bg-card"
    >
      <div className="px-4 pt-3 pb-3">
        <TaskHead task={task} parts={parts} waitingFor={openDependencies(task, tasks)} />
        {task.part?.kind !== "vote" && task.part?.kind !== "bid" && (
          <Clamped text={task.task} atMost={220} className="mt-2 text-sm leading-relaxed" />
        )}
        {task.endedAt === undefined && task.activity !== undefined && <Activity text={task.activity} />}
        <TaskFacts task={task} />
        {canChange && <ReplanButtons task={task} runId={run.runId} />}
      </div>
      {task.error !== undefined && <Reason task={task} letter={letter} />}
      {task.result?.consensus !== undefined && <VoteView consensus={task.result.consensus} />}
      {auction !== undefined && <AuctionView auction={auction} ended={task.endedAt !== undefined} />}
      {parts.length > 0 && (
        <TaskFamily parts={parts} isOpen={task.endedAt === undefined}>
          {parts.map((part) => (
            <TaskCard key={part.taskId} task={part} tasks={tasks} run={run} letters={letters} />
          ))}
        </TaskFamily>
      )}
      {task.result !== undefined && (
        <Disclosure summary={resultInShort(task.result)}>
          <TaskResult result={task.result} />
        </Disclosure>
      )}
    </div>
  );
}, showsTheSame);

/** The tasks matter as far as they are below this one, or before it. */
function showsTheSame(before: Props, after: Props): boolean {
  const same =
    before.task === after.task && before.letters === after.letters && before.run?.status === after.run?.status;
  return same && sameTasks(relevant(before), relevant(after));
}

function relevant({ task, tasks }: Props): TaskPart[] {
  return tasks.filter(({ ref }) => ref.startsWith(`${task.ref}.`) || task.dependsOn.includes(ref));
}

function sameTasks(before: readonly TaskPart[], after: readonly TaskPart[]): boolean {
  return before.length === after.length && before.every((task, index) => task === after[index]);
}

/** A task that was tried again since the letters were read is none any more. */
function letterOf({ taskId, dead }: TaskPart, letters: ReadonlySet<string>, run: RunView): Letter | undefined {
  if (dead === undefined || !letters.has(taskId)) return undefined;
  return run?.status === "active" ? "of-this-run" : "of-an-ended-run";
}

/** No worker has been told of it, so the plan can still be changed. */
function isUntouched({ dispatched, attempt, part }: TaskPart): boolean {
  return dispatched !== true && attempt === 0 && part === undefined;
}

/** References of the tasks that a task still waits for. */
function openDependencies({ dependsOn }: TaskPart, tasks: readonly TaskPart[]): string[] {
  return tasks.filter(({ endedAt, ref }) => endedAt === undefined && dependsOn.includes(ref)).map(({ ref }) => ref);
}

type HeadProps = { task: TaskPart; parts: readonly TaskPart[]; waitingFor: readonly string[] };

function TaskHead({ task, parts, waitingFor }: HeadProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
      <AgentIcon agent={task.agent} />
      <div className="flex min-w-0 flex-[1_1_7rem] flex-wrap items-baseline gap-x-2 text-sm">
        <span className="font-semibold">{doerWords[task.agent]}</span>
        <span className="font-mono text-xs text-muted">{task.ref}</span>
        <Remarks task={task} parts={parts} />
      </div>
      <div className="flex shrink-0 items-center gap-2 text-[0.8125rem] text-muted">
        <TaskState status={task.status} attempt={task.attempt} waitingFor={waitingFor} />
        {task.startedAt !== undefined && <Elapsed from={task.startedAt} to={task.endedAt} />}
        {task.endedAt === undefined && <CancelTask task={task} />}
      </div>
    </div>
  );
}

function Remarks({ task, parts }: Pick<HeadProps, "task" | "parts">) {
  const subtasks = parts.filter(({ part }) => part?.kind === "subtask").length;
  return (
    <>
      {subtasks > 0 && <span className="text-xs text-muted">master of {subtasks}</span>}
      {task.part?.kind === "subtask" && <span className="text-xs text-muted">for {masterOf(task.ref)}</span>}
      {task.part?.kind === "award" && <span className="text-xs text-muted">won the auction</span>}
      {task.author === "user" && task.part === undefined && (
        <span className="text-xs text-muted">delegated by you</span>
      )}
      {task.standIn !== undefined && <span className="text-xs text-muted">done by {agentWords[task.standIn]}</span>}
      {task.attempt > 1 && <span className="text-xs text-warning">attempt {task.attempt}</span>}
    </>
  );
}

function masterOf(ref: string): string {
  return ref.slice(0, ref.lastIndexOf("."));
}

function Activity({ text }: { text: string }) {
  return (
    <p className="mt-1.5 flex items-baseline gap-2 text-[0.8125rem] text-muted">
      <span aria-hidden className="breathe size-1.5 shrink-0 -translate-y-px rounded-full bg-accent" />
      {text}
    </p>
  );
}

function Reason({ task, letter }: { task: TaskPart; letter: Letter | undefined }) {
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
        <>
          <p className="mt-1 text-[0.8125rem] text-muted">{deadInWords(task.dead, task.attempt)}</p>
          <LetterButtons task={task} letter={letter} />
        </>
      )}
    </div>
  );
}
