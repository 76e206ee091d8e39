"use client";

import { useEffect, useState } from "react";
import { EventRow } from "#/app/_ui/event-row.tsx";
import type { RunEvent } from "#/lib/protocol/event.ts";

type Props = { runId: string; startedAt: string; initial: readonly RunEvent[]; active: boolean };

/** The events of a run in order. Complete without JavaScript; with it, the log of an active run grows as it is written. */
export function EventLog({ runId, startedAt, initial, active }: Props) {
  const events = useFollowedEvents(runId, initial, active);
  const refs = new Map(
    events.flatMap((event) => (event.type === "task.created" ? [[event.taskId, event.data.ref]] : [])),
  );
  return (
    <>
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

function useFollowedEvents(runId: string, initial: readonly RunEvent[], active: boolean): readonly RunEvent[] {
  const [events, setEvents] = useState(initial);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows from where the server's page ends, once
  useEffect(() => {
    if (!active) return;
    const source = new EventSource(`/api/runs/${runId}/events?after=${initial.at(-1)?.seq ?? 0}`);
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data) as RunEvent;
      setEvents((known) => (event.seq > (known.at(-1)?.seq ?? 0) ? [...known, event] : known));
      if (isLast(event)) source.close();
    };
    return () => source.close();
  }, [runId, active]);
  return events;
}

function isLast({ type }: RunEvent): boolean {
  return type === "run.completed" || type === "run.failed" || type === "run.cancelled";
}
