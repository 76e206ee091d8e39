"use client";

import { CircleCheck, CircleDashed, CircleSlash, CircleX, Hourglass, LoaderCircle } from "lucide-react";
import { taskStateInWords } from "#/app/_ui/words.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";

/** The sign of each state, and its colour. */
export const stateLooks = {
  pending: { icon: CircleDashed, className: "text-muted", iconClass: "" },
  in_progress: { icon: LoaderCircle, className: "text-accent", iconClass: "turn-round" },
  waiting: { icon: Hourglass, className: "text-muted", iconClass: "" },
  completed: { icon: CircleCheck, className: "text-success", iconClass: "" },
  failed: { icon: CircleX, className: "text-danger", iconClass: "" },
  cancelled: { icon: CircleSlash, className: "text-muted", iconClass: "" },
} satisfies Record<TaskStatus, object>;

type Props = { status: TaskStatus; attempt: number; waitingFor: readonly string[] };

/** The state of a task: a sign and a word, never colour alone. */
export function TaskState({ status, attempt, waitingFor }: Props) {
  const { icon: Icon, className, iconClass } = stateLooks[status];
  return (
    <span className={`flex items-center gap-1.5 font-medium ${className}`}>
      <Icon aria-hidden size={14} strokeWidth={2} className={`shrink-0 ${iconClass}`} />
      {taskStateInWords(status, attempt, waitingFor)}
    </span>
  );
}
