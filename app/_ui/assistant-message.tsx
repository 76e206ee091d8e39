"use client";

import { Fragment } from "react";
import { DeputyMark } from "#/app/_ui/deputy-mark.tsx";
import { FailureBox } from "#/app/_ui/failure-box.tsx";
import { LessonRow } from "#/app/_ui/lesson-row.tsx";
import { LiveLine } from "#/app/_ui/live-line.tsx";
import { MessagePart } from "#/app/_ui/message-part.tsx";
import { RunFooter } from "#/app/_ui/run-footer.tsx";
import { estimateOf, lessonsOf, runOf, tasksOf } from "#/app/_ui/run-parts.ts";
import { SourceList } from "#/app/_ui/source-list.tsx";
import { TaskGraph } from "#/app/_ui/task-graph.tsx";
import { useDeadLetters } from "#/app/_ui/use-dead-letters.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

type Props = {
  message: DeputyMessage;
  /** The newest message of the conversation: the only one that can be tried again. */
  last: boolean;
  busy: boolean;
  reconnecting: boolean;
  onRetry: () => void;
};

/** One run: its parts in the order in which they happened, its sources, how it ended. */
export function AssistantMessage({ message, last, busy, reconnecting, onRetry }: Props) {
  const run = runOf(message);
  const letters = useDeadLetters(message);
  const firstTask = message.parts.findIndex((part) => part.type === "data-task");
  const retry = last && !busy ? onRetry : undefined;
  return (
    <article
      aria-label="Deputy"
      aria-busy={busy}
      className={last ? "" : "[contain-intrinsic-size:auto_40rem] [content-visibility:auto]"}
    >
      <Byline />
      <div className="flex flex-col gap-3">
        {message.parts.map((part, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever appended, or replaced in their place
          <Fragment key={position}>
            {position === firstTask && <TaskGraph tasks={tasksOf(message)} estimate={estimateOf(message)} />}
            <MessagePart part={part} message={message} run={run} letters={letters} />
          </Fragment>
        ))}
        {!busy && <SourceList message={message} />}
        {lessonsOf(message).map((lesson) => (
          <LessonRow key={lesson.lesson} lesson={lesson} />
        ))}
        {run?.status === "failed" && <FailureBox error={run.error} onRetry={retry} />}
        {busy ? (
          <LiveLine message={message} reconnecting={reconnecting} />
        ) : (
          run !== undefined && <RunFooter message={message} run={run} onRetry={retry} />
        )}
      </div>
    </article>
  );
}

/** What stands in for the answer between sending and its first part. */
export function PendingMessage({ reconnecting }: { reconnecting: boolean }) {
  return (
    <article aria-label="Deputy" aria-busy="true">
      <Byline />
      <LiveLine message={null} reconnecting={reconnecting} />
    </article>
  );
}

function Byline() {
  return (
    <p aria-hidden className="mb-3 flex items-center gap-2 text-sm font-semibold">
      <DeputyMark className="size-5" />
      Deputy
    </p>
  );
}
