"use client";

import { CirclePause, LoaderCircle, WifiOff } from "lucide-react";
import { Elapsed } from "#/app/_ui/elapsed.tsx";
import { runOf, tasksOf } from "#/app/_ui/run-parts.ts";
import { count } from "#/app/_ui/words.ts";
import type { DeputyMessage } from "#/lib/chat/parts.ts";

/** What the run is doing this moment, in one line, where its footer will stand. */
export function LiveLine({ message, reconnecting }: { message: DeputyMessage | null; reconnecting: boolean }) {
  const run = message === null ? undefined : runOf(message);
  if (run?.paused !== undefined && !reconnecting) return <PausedLine message={message} />;
  const startedAt = run?.startedAt;
  const Icon = reconnecting ? WifiOff : LoaderCircle;
  return (
    <p className="flex min-h-8 items-center gap-2 text-[0.8125rem] text-muted">
      <Icon
        aria-hidden
        size={15}
        strokeWidth={2}
        className={reconnecting ? "text-warning" : "turn-round text-accent"}
      />
      <span>{reconnecting ? "Connection lost. Reconnecting…" : doingNow(message)}</span>
      {startedAt !== undefined && <Elapsed from={startedAt} />}
    </p>
  );
}

function PausedLine({ message }: { message: DeputyMessage | null }) {
  const running = message === null ? 0 : tasksOf(message).filter(({ status }) => status === "in_progress").length;
  return (
    <p className="flex min-h-8 items-center gap-2 text-[0.8125rem] text-muted">
      <CirclePause aria-hidden size={15} strokeWidth={2} className="shrink-0 text-accent" />
      <span>
        <span className="font-medium text-foreground">Paused.</span> Nothing new starts until you resume.
        {running > 0 && ` ${count(running, "task")} under way ${running === 1 ? "goes" : "go"} on to the end.`}
      </span>
    </p>
  );
}

function doingNow(message: DeputyMessage | null): string {
  const phase = message?.parts.find((part) => part.type === "data-phase")?.data.current;
  if (message === null || phase === undefined) return "Starting…";
  if (phase === "PLANNING") return "Planning…";
  if (phase === "VERIFYING") return "Checking the results…";
  if (phase === "LEARNING") return "Keeping what was learned…";
  const open = tasksOf(message).filter((task) => task.endedAt === undefined && task.status !== "waiting").length;
  return open === 0 ? "Handing out the work…" : `Waiting for ${count(open, "task")}…`;
}
