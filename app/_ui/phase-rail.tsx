"use client";

import { Check, Circle, CircleDashed, CirclePause, CircleSlash, CircleX, LoaderCircle } from "lucide-react";
import { memo } from "react";
import { between, formatDuration } from "#/app/_ui/duration.ts";
import { useNow } from "#/app/_ui/use-now.ts";
import { phaseOrder, phaseWords } from "#/app/_ui/words.ts";
import type { PhasePart } from "#/lib/chat/parts.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { RunStatus } from "#/lib/protocol/task.ts";

type Status = RunStatus | "paused";

type Props = { phase: PhasePart; status: Status; endedAt: string | undefined };

type State = "done" | "now" | "paused" | "failed" | "stopped" | "to-come" | "not-needed";

const looks = {
  done: { icon: Check, bar: "bg-success", text: "text-foreground", iconClass: "text-success", words: "done" },
  now: {
    icon: LoaderCircle,
    bar: "bg-accent breathe",
    text: "font-medium text-accent",
    iconClass: "turn-round",
    words: "now",
  },
  paused: {
    icon: CirclePause,
    bar: "bg-accent",
    text: "font-medium text-foreground",
    iconClass: "text-accent",
    words: "paused here",
  },
  stopped: {
    icon: CircleSlash,
    bar: "bg-border-strong",
    text: "text-foreground",
    iconClass: "text-muted",
    words: "stopped here",
  },
  failed: {
    icon: CircleX,
    bar: "bg-danger",
    text: "text-foreground",
    iconClass: "text-danger",
    words: "failed here",
  },
  "to-come": { icon: Circle, bar: "bg-border", text: "text-muted", iconClass: "", words: "to come" },
  "not-needed": { icon: CircleDashed, bar: "bg-border", text: "text-muted", iconClass: "", words: "not entered" },
};

/** The four phases of a run: which are done, which is current, and how long each took. */
export const PhaseRail = memo(function PhaseRail({ phase, status, endedAt }: Props) {
  const nowMs = useNow(endedAt === undefined);
  return (
    <ol aria-label="Phases" className="grid grid-cols-4 gap-1.5 sm:gap-2">
      {phaseOrder.map((name) => (
        <Segment
          key={name}
          name={name}
          state={stateOf(name, phase, status)}
          timeMs={timeIn(name, phase, endedAt, nowMs)}
        />
      ))}
    </ol>
  );
});

function Segment({ name, state, timeMs }: { name: Phase; state: State; timeMs: number | null }) {
  const { icon: Icon, bar, text, iconClass, words } = looks[state];
  return (
    <li aria-current={state === "now" || state === "paused" ? "step" : undefined} className="min-w-0">
      <div aria-hidden className={`h-1 rounded-full ${bar}`} />
      <div className={`mt-2 flex items-center gap-1 text-xs sm:text-[0.8125rem] ${text}`}>
        <Icon aria-hidden size={13} strokeWidth={2.25} className={`shrink-0 ${iconClass}`} />
        <span className="truncate">{phaseWords[name]}</span>
        <span className="sr-only">, {words}</span>
      </div>
      <div className="mt-0.5 min-h-4 pl-4.5 text-xs tabular-nums text-muted">
        {timeMs === null ? "" : formatDuration(timeMs)}
      </div>
    </li>
  );
}

function stateOf(name: Phase, phase: PhasePart, status: Status): State {
  if (name === phase.current && status !== "completed") return here[status];
  if (phase.history.some((entry) => entry.phase === name)) return "done";
  return status === "active" || status === "paused" ? "to-come" : "not-needed";
}

const here = { active: "now", paused: "paused", failed: "failed", cancelled: "stopped" } as const;

/** Milliseconds spent in a phase, all visits together; null when it was never entered. */
function timeIn(name: Phase, { history }: PhasePart, endedAt: string | undefined, nowMs: number | null): number | null {
  const visits = history.flatMap((entry, position) => {
    const to = history[position + 1]?.at ?? endedAt;
    if (entry.phase !== name || (to === undefined && nowMs === null)) return [];
    return [between(entry.at, to, nowMs ?? 0)];
  });
  return visits.length === 0 ? null : visits.reduce((sum, visit) => sum + Math.max(0, visit), 0);
}
