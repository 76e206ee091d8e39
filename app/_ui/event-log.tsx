"use client";

import { useEffect, useState } from "react";
import { EventRow } from "#/app/_ui/event-row.tsx";
import { pictureTasks } from "#/app/_ui/picture-tasks.ts";
import { ServiceBanner } from "#/app/_ui/service-banner.tsx";
import { TaskGraph } from "#/app/_ui/task-graph.tsx";
import { useFreshPage } from "#/app/_ui/use-fresh-page.ts";
import type { EstimatePart } from "#/lib/chat/parts.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";

type Props = {
  runId: string;
  startedAt: string;
  /** The beginning of the log. */
  initial: readonly RunEvent[];
  /** Of the newest event that the server knew when it made the page. */
  lastSeq: number;
  active: boolean;
  estimate: EstimatePart | undefined;
};

/**
 * The picture of a run's tasks and its events in order. It reads without JavaScript; with it, what is missing of the log is
 * loaded, that of an active run grows as it is written, and the page around it is made anew when the plan has changed and when
 * the run has ended.
 */
export function EventLog({ runId, startedAt, initial, lastSeq, active, estimate }: Props) {
  const { events, broken } = useFollowedEvents(runId, initial);
  useFreshPage(events, lastSeq);
  const refs = new Map(
    events.flatMap((event) => (event.type === "task.created" ? [[event.taskId, event.data.ref]] : [])),
  );
  const shown = events.at(-1)?.seq ?? 0;
  return (
    <>
      {(active || shown < lastSeq) && <ServiceBanner broken={broken} />}
      <div className="mb-6 empty:hidden">
        <TaskGraph tasks={pictureTasks(events)} estimate={estimate} />
      </div>
      <ol aria-label="Events" className="divide-y border-y">
        {events.map((event) => (
          <EventRow key={event.seq} event={event} startedAt={startedAt} taskRef={refs.get(event.taskId)} />
        ))}
      </ol>
      {shown < lastSeq && <Missing runId={runId} shown={shown} lastSeq={lastSeq} />}
      {active && (
        <noscript>
          <p className="mt-4 text-sm">
            This run was active when the page was made. <a href={`/runs/${runId}`}>Reload</a> to see more of it.
          </p>
        </noscript>
      )}
    </>
  );
}

function Missing({ runId, shown, lastSeq }: { runId: string; shown: number; lastSeq: number }) {
  return (
    <p className="mt-4 text-sm text-muted">
      {shown.toLocaleString("en")} of {lastSeq.toLocaleString("en")} events are shown so far.{" "}
      <a href={`/api/runs/${runId}/events?after=${shown}`} className="text-accent hover:underline">
        The records of the others
      </a>
    </p>
  );
}

type Followed = { readonly events: readonly RunEvent[]; readonly broken: boolean };

/** What comes within this time is shown at once. */
const SHOW_AFTER_MS = 50;

/** The log from its beginning on, until its last event has come. */
function useFollowedEvents(runId: string, initial: readonly RunEvent[]): Followed {
  const [events, setEvents] = useState(initial);
  const [broken, setBroken] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows from where the page began, once; it may be made anew
  useEffect(() => {
    const last = initial.at(-1);
    if (last !== undefined && isLast(last)) return;
    const come: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const news = come.splice(0);
      setEvents((known) => [...known, ...news.filter(({ seq }) => seq > (known.at(-1)?.seq ?? 0))]);
    };
    const stop = follow(runId, last?.seq ?? 0, setBroken, (event) => {
      come.push(event);
      timer ??= setTimeout(show, SHOW_AFTER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [runId]);
  return { events, broken };
}

const REOPEN_MS = 2_000;

/** Gives each event once, from the next one on to the last, whatever happens to the connection; returns how to stop. */
function follow(runId: string, after: number, onBroken: (broken: boolean) => void, give: (event: RunEvent) => void) {
  let seen = after;
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(`/api/runs/${runId}/events?after=${seen}`);
    source.onopen = () => onBroken(false);
    source.onerror = () => {
      onBroken(true);
      // The browser tries again by itself, but not when the server has answered that it cannot.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS);
    };
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data) as RunEvent;
      if (isLast(event)) source.close();
      if (event.seq <= seen) return;
      seen = event.seq;
      give(event);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function isLast({ type }: RunEvent): boolean {
  return type === "run.completed" || type === "run.failed" || type === "run.cancelled";
}
