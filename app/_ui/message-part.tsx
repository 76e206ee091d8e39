"use client";

import { Answer } from "#/app/_ui/answer.tsx";
import { BoardCard } from "#/app/_ui/board-card.tsx";
import { ChangeRow } from "#/app/_ui/change-row.tsx";
import { ConflictCard } from "#/app/_ui/conflict-card.tsx";
import { PhaseRail } from "#/app/_ui/phase-rail.tsx";
import { PlanCard } from "#/app/_ui/plan-card.tsx";
import { IgnoredRow, MissedRow, NoticeRow } from "#/app/_ui/quiet-rows.tsx";
import { RefusalRow } from "#/app/_ui/refusal-row.tsx";
import { evidenceOf, type TextPart, tasksOf } from "#/app/_ui/run-parts.ts";
import { TaskCard } from "#/app/_ui/task-card.tsx";
import { WorkingNote } from "#/app/_ui/working-note.tsx";
import { type DeputyMessage, type RunPart, textMarkOf } from "#/lib/chat/parts.ts";

type Props = {
  part: DeputyMessage["parts"][number];
  message: DeputyMessage;
  run: RunPart | undefined;
  /** Ids of the tasks that are dead letters. */
  letters: ReadonlySet<string>;
};

/** One part of a run. The parts of a group stand inside of its card, lessons and sources under all parts; kinds that this page does not know are left out. */
export function MessagePart({ part, message, run, letters }: Props) {
  switch (part.type) {
    case "text":
      return <Prose part={part} message={message} />;
    case "reasoning":
      return part.text.trim() === "" ? null : <WorkingNote text={part.text} />;
    case "data-phase":
      return <PhaseRail phase={part.data} status={statusOf(run)} endedAt={run?.endedAt} />;
    case "data-plan":
      return <PlanCard plan={part.data} />;
    case "data-task":
      return part.data.parentId === undefined ? (
        <TaskCard task={part.data} tasks={tasksOf(message)} run={run} letters={letters} />
      ) : null;
    case "data-board":
      return <BoardCard board={part.data} run={run} />;
    case "data-change":
      return <ChangeRow change={part.data} />;
    case "data-conflict":
      return <ConflictCard conflict={part.data} />;
    case "data-refusal":
      return <RefusalRow refusal={part.data} />;
    case "data-ignored":
      return <IgnoredRow ignored={part.data} />;
    case "data-missed":
      return <MissedRow missed={part.data} />;
    case "data-notice":
      return <NoticeRow notice={part.data} />;
    default:
      return null;
  }
}

function statusOf(run: RunPart | undefined) {
  return run?.paused === undefined ? (run?.status ?? "active") : "paused";
}

function Prose({ part, message }: { part: TextPart; message: DeputyMessage }) {
  if (part.text.trim() === "") return null;
  if (textMarkOf(part).note) return <WorkingNote text={part.text} />;
  return <Answer text={part.text} evidence={evidenceOf(message)} />;
}
