"use client";

import { RotateCcw, ScrollText } from "lucide-react";
import { CopyButton } from "#/app/_ui/copy-button.tsx";
import { between, formatDuration } from "#/app/_ui/duration.ts";
import { answerWithSources } from "#/app/_ui/run-parts.ts";
import { runWords } from "#/app/_ui/words.ts";
import type { DeputyMessage, RunPart } from "#/lib/chat/parts.ts";

type Props = { message: DeputyMessage; run: RunPart; onRetry: (() => void) | undefined };

const action =
  "tap inline-flex items-center gap-1.5 rounded-md px-2 py-1 transition-colors hover:bg-subtle hover:text-foreground";

/** How a run ended and what can be done with it. */
export function RunFooter({ message, run, onRetry }: Props) {
  const answer = answerWithSources(message);
  const durationMs = run.endedAt === undefined ? null : between(run.startedAt, run.endedAt, 0);
  return (
    <footer className="-ml-2 flex min-h-8 flex-wrap items-center gap-x-1 text-[0.8125rem] text-muted">
      <span className="px-2">
        {runWords[run.status]}
        {durationMs !== null && (
          <span className="tabular-nums">
            {" "}
            {run.status === "completed" ? "in" : "after"} {formatDuration(durationMs)}
          </span>
        )}
      </span>
      <a href={`/runs/${run.runId}`} className={action}>
        <ScrollText aria-hidden size={14} strokeWidth={1.75} />
        Transcript
      </a>
      {answer !== "" && <CopyButton text={answer} label="Copy answer" className={action} />}
      {run.status === "cancelled" && onRetry !== undefined && (
        <button type="button" onClick={onRetry} className={action}>
          <RotateCcw aria-hidden size={14} strokeWidth={1.75} />
          Retry
        </button>
      )}
    </footer>
  );
}
