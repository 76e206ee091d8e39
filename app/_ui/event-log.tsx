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
  initial: readonly RunEvent[];
  active: boolean;
  estimate: EstimatePart | undefined;
};

/**
 * The picture of a run's tasks and its events in order. Complete without JavaScript; with it, the log of an active run grows
 * as it is written, and the page around it is made anew when the plan has changed and when the run has ended.
 */
export function EventLog({ runId, startedAt, initial, active, estimate }: Props) {
  const { events, broken } = useFollowedEvents(runId, initial, active);
  useFreshPage(events);
  const refs = new Map(
    events.flatMap((event) => (event.type === "task.created" ? [[event.taskId, event.data.ref]] : [])),
  );
  return (
    <>
      {active && <ServiceBanner broken={broken} />}
      <div className="mb-6 empty:hidden">
        <TaskGraph tasks={pictureTasks(events)} estimate={estimate} />
      </div>
      <ol aria-label="Events" className="divide-y border-y">
        {events.map((event) => (
          <EventRow key={event.seq} event={event} startedAt={startedAt} taskRef={refs.get(event.taskId)} />
        ))}
      </ol>
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

type Followed = { readonly events: readonly RunEvent[]; readonly broken: boolean };

function useFollowedEvents(runId: string, initial: readonly RunEvent[], active: boolean): Followed {
  // A page that is made anew when the run has ended must not cut off what has not come yet.
  const [follows] = useState(active);
  const [events, setEvents] = useState(initial);
  const [broken, setBroken] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows from where the server's page ends, once
  useEffect(() => {
    const last = initial.at(-1);
    if (!follows || (last !== undefined && isLast(last))) return;
    return follow(runId, last?.seq ?? 0, setBroken, (event) => setEvents((known) => [...known, event]));
  }, [runId, follows]);
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
