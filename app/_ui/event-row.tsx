"use client";

import { memo } from "react";
import { between } from "#/app/_ui/duration.ts";
import { eventSentence } from "#/app/_ui/event-sentence.ts";
import { cardIdOf } from "#/app/_ui/show-task.ts";
import { agentWords, doerWords } from "#/app/_ui/words.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";

type Props = { event: RunEvent; startedAt: string; taskRef: string | undefined };

/** More of a record than this is cut on the page; the interface has the rest. */
const maxRecordCharacters = 20_000;

/** One event: its number, when it happened, whom it concerns, what it says, and the record itself. */
export const EventRow = memo(function EventRow({ event, startedAt, taskRef }: Props) {
  const names = taskRef === undefined ? agentWords : doerWords;
  const whom = [event.agent === undefined ? "" : names[event.agent], taskRef ?? ""].join(" ").trim();
  const isFirstOfTask = event.type === "task.created" && event.taskId !== undefined;
  return (
    <li
      {...(isFirstOfTask && { id: cardIdOf(event.taskId ?? ""), tabIndex: -1 })}
      className="grid scroll-mt-4 grid-cols-[2.5rem_1fr] gap-x-3 py-2 sm:grid-cols-[2.5rem_4.5rem_1fr]"
    >
      <span className="text-right font-mono text-xs leading-6 tabular-nums text-muted">{event.seq}</span>
      <time dateTime={event.at} title={event.at} className="font-mono text-xs leading-6 tabular-nums text-muted">
        +{(Math.max(0, between(startedAt, event.at, 0)) / 1_000).toFixed(2)} s
      </time>
      <div className="col-start-2 min-w-0 sm:col-start-3">
        <p className="text-sm leading-6 whitespace-pre-wrap">{eventSentence(event)}</p>
        <details className="text-xs text-muted">
          <summary className="tap flex w-fit flex-wrap items-center gap-x-2 rounded hover:text-foreground">
            <span className={`font-mono ${toneOf(event.type)}`}>{event.type}</span>
            {whom !== "" && <span>{whom}</span>}
            <span className="underline decoration-border-strong underline-offset-2">Record</span>
          </summary>
          <Record event={event} />
        </details>
      </div>
    </li>
  );
});

function Record({ event }: { event: RunEvent }) {
  const json = JSON.stringify(event, null, 2);
  const whole = `/api/runs/${event.runId}/events?after=${event.seq - 1}`;
  return (
    <>
      <pre className="mt-1.5 max-h-96 overflow-auto rounded-lg border bg-subtle p-3 font-mono leading-relaxed whitespace-pre-wrap">
        {json.slice(0, maxRecordCharacters)}
      </pre>
      {json.length > maxRecordCharacters && (
        <p className="mt-1 text-muted">
          Cut here.{" "}
          <a href={whole} className="text-accent hover:underline">
            The whole record
          </a>{" "}
          has {json.length.toLocaleString("en")} characters.
        </p>
      )}
    </>
  );
}

function toneOf(type: RunEvent["type"]): string {
  if (type === "action.refused") return "text-warning";
  if (type.endsWith(".failed")) return "text-danger";
  if (type.endsWith(".completed")) return "text-success";
  return type.startsWith("run.") ? "text-accent" : "";
}
