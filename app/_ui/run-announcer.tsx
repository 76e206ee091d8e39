"use client";

import type { RunPart } from "#/lib/chat/parts.ts";

type Props = { run: RunPart | undefined; busy: boolean; reconnecting: boolean };

/** Says when a run starts, stands still and how it ends, and never what it writes. */
export function RunAnnouncer({ run, busy, reconnecting }: Props) {
  return (
    <p role="status" className="sr-only">
      {sentence(run, busy, reconnecting)}
    </p>
  );
}

function sentence(run: RunPart | undefined, busy: boolean, reconnecting: boolean): string {
  if (reconnecting) return "Connection lost. Reconnecting.";
  if (busy && run?.paused !== undefined) return "Paused. Nothing new starts until you resume.";
  if (busy) return "Deputy is working.";
  if (run?.status === "completed") return "Finished. The answer is complete.";
  if (run?.status === "failed") return `Failed. ${run.error?.message ?? ""}`;
  if (run?.status === "cancelled") return "Stopped.";
  return "";
}
