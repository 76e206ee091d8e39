"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import type { RunEvent } from "#/lib/protocol/event.ts";

/** As long as the plan may go on to change: events of one change come together. */
const QUIET_MS = 500;

/**
 * Has the server make the page anew when what it says of the whole run is different: its tasks, and how it ended. `lastSeq`: of
 * the newest event that the server knew when it made the page.
 */
export function useFreshPage(events: readonly RunEvent[], lastSeq: number): void {
  const router = useRouter();
  const changes = events.filter(({ type, seq }) => seq > lastSeq && telling.has(type)).length;
  useEffect(() => {
    if (changes === 0) return;
    const timer = setTimeout(() => router.refresh(), QUIET_MS);
    return () => clearTimeout(timer);
  }, [changes, router]);
}

const telling = new Set<RunEvent["type"]>([
  "task.created",
  "task.changed",
  "plan.changed",
  "run.completed",
  "run.failed",
  "run.cancelled",
]);
