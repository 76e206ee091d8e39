"use client";

import { useEffect, useState } from "react";
import { EventRow } from "#/app/_ui/event-row.tsx";
import { ServiceBanner } from "#/app/_ui/service-banner.tsx";
import type { RunEvent } from "#/lib/protocol/event.ts";

type Props = { runId: string; startedAt: string; initial: readonly RunEvent[]; active: boolean };

/** The events of a run in order. Complete without JavaScript; with it, the log of an active run grows as it is written. */
export function EventLog({ runId, startedAt, initial, active }: Props) {
  const { events, broken } = useFollowedEvents(runId, initial, active);
  const refs = new Map(
    events.flatMap((event) => (event.type === "task.created" ? [[event.taskId, event.data.ref]] : [])),
  );
  return (
    <>
      {active && <ServiceBanner broken={broken} />}
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
  const [events, setEvents] = useState(initial);
  const [broken, setBroken] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows from where the server's page ends, once
  useEffect(() => {
    if (!active) return;
    return follow(runId, initial.at(-1)?.seq ?? 0, setBroken, (event) => setEvents((known) => [...known, event]));
  }, [runId, active]);
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
