"use client";

import { agentIcons } from "#/app/_ui/agent-icon.tsx";
import { DeputyMark } from "#/app/_ui/deputy-mark.tsx";
import { expectationInWords } from "#/app/_ui/expectation.ts";
import { FoldedGraph } from "#/app/_ui/folded-graph.tsx";
import type { Direction, Point } from "#/app/_ui/layered-layout.ts";
import { patternOf } from "#/app/_ui/pattern.ts";
import { PatternIcon } from "#/app/_ui/pattern-icon.tsx";
import { showTask } from "#/app/_ui/show-task.ts";
import {
  type Chip,
  type Frame,
  type GraphTask,
  leavesLinesOut,
  MOST_CHIPS,
  narrowView,
  pictureInWords,
  pictureOf,
  type View,
  wideView,
} from "#/app/_ui/task-graph.ts";
import { stateLooks } from "#/app/_ui/task-state.tsx";
import { doerWords, taskStateInWords } from "#/app/_ui/words.ts";
import type { EstimatePart } from "#/lib/chat/parts.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";

type Props = { tasks: readonly GraphTask[]; estimate: EstimatePart | undefined };

/**
 * The tasks of a run as what they are together, such as a chain or an auction, with what is expected of them. Nothing for a
 * single one. A chip leads to what of the page tells of its task (`cardIdOf`).
 */
export function TaskGraph({ tasks, estimate }: Props) {
  const pattern = patternOf(tasks);
  if (pattern === null || tasks.length < 2) return null;
  const done = tasks.filter(({ status }) => status === "completed").length;
  return (
    <section aria-label="Task graph" className="rounded-xl border bg-card">
      <div className="flex items-start gap-2 px-4 pt-3 text-[0.8125rem] tabular-nums text-muted">
        <span className="flex h-[1lh] items-center">
          <PatternIcon kind={pattern.kind} />
        </span>
        <div className="flex min-w-0 flex-1 flex-wrap gap-x-2">
          <h3 className="font-semibold text-foreground">{pattern.name}</h3>
          {estimate !== undefined && <p className="text-balance">{expectationInWords(estimate)}</p>}
        </div>
        <p className="shrink-0">
          {done} of {tasks.length} done
        </p>
      </div>
      {tasks.length > MOST_CHIPS ? (
        <FoldedGraph tasks={tasks} />
      ) : (
        <>
          <Drawing tasks={tasks} view={wideView} className="hidden sm:block" />
          <Drawing tasks={tasks} view={narrowView(tasks)} className="sm:hidden" />
          {leavesLinesOut(tasks) && (
            <p className="px-4 pb-3 text-xs text-muted">Lines that follow from others are left out.</p>
          )}
        </>
      )}
    </section>
  );
}

type DrawingProps = { tasks: readonly GraphTask[]; view: View; className: string };

function Drawing({ tasks, view, className }: DrawingProps) {
  const { width, height, chips, frames, lines, start } = pictureOf(tasks, view);
  return (
    <div className={`max-h-[30rem] overflow-auto px-4 pt-3 pb-4 ${className}`}>
      <div className="relative mx-auto" style={{ width, height }}>
        {frames.map((frame) => (
          <FrameBox key={frame.taskId} frame={frame} />
        ))}
        <svg
          role="img"
          aria-label={pictureInWords(tasks)}
          width={width}
          height={height}
          className="absolute inset-0 text-border-field"
        >
          {lines.map((line) => (
            <Line key={JSON.stringify(line)} line={line} direction={view.direction} />
          ))}
        </svg>
        {start !== undefined && (
          <span className="absolute" style={{ left: start.x, top: start.y }}>
            <DeputyMark className="size-4" />
          </span>
        )}
        {chips.map((chip) => (
          <ChipButton key={chip.task.taskId} chip={chip} />
        ))}
      </div>
    </div>
  );
}

function FrameBox({ frame: { x, y, width, height, name } }: { frame: Frame }) {
  return (
    <div
      aria-hidden
      className="absolute rounded-xl border border-dashed border-border-strong bg-subtle/60 px-2.5 pt-1.5"
      style={{ left: x, top: y, width, height }}
    >
      <p className="truncate text-[0.6875rem] leading-4 text-muted">{name}</p>
    </div>
  );
}

const chipTones: Record<TaskStatus, string> = {
  pending: "border-dashed border-border-strong bg-card text-muted",
  in_progress: "border-accent bg-accent-soft",
  waiting: "border-border-strong bg-card",
  completed: "border-border-strong bg-card",
  failed: "border-danger bg-danger-soft",
  cancelled: "border-border bg-subtle text-muted line-through",
};

function ChipButton({ chip: { task, x, y, width, height } }: { chip: Chip }) {
  const Agent = agentIcons[task.agent];
  const { icon: State, className, iconClass } = stateLooks[task.status];
  return (
    <button
      type="button"
      data-status={task.status}
      aria-label={`Show task ${task.ref}: ${doerWords[task.agent]}, ${taskStateInWords(task.status, 0, [])}`}
      title={`${doerWords[task.agent]} ${task.ref}: ${taskStateInWords(task.status, 0, [])}`}
      onClick={() => showTask(task.taskId)}
      className={`absolute flex items-center justify-center gap-1.5 rounded-lg border px-2 font-mono text-xs transition-colors hover:border-foreground ${chipTones[task.status]}`}
      style={{ left: x, top: y, width, height }}
    >
      <Agent aria-hidden size={14} strokeWidth={1.75} className="shrink-0 text-muted" />
      <span className="truncate">{task.ref}</span>
      <State aria-hidden size={14} strokeWidth={2} className={`shrink-0 ${className} ${iconClass}`} />
    </button>
  );
}

const arrow = 5;

/** A curve from box to box, straight along the boxes that it passes, with a head where it ends. */
function Line({ line, direction }: { line: readonly Point[]; direction: Direction }) {
  const end = line.at(-1);
  if (end === undefined) return null;
  const [dx, dy] = direction === "right" ? [arrow, 0] : [0, arrow];
  const tail = { x: end.x - dx, y: end.y - dy };
  const head = `M${end.x} ${end.y}L${tail.x - dy * 0.7} ${tail.y - dx * 0.7}L${tail.x + dy * 0.7} ${tail.y + dx * 0.7}Z`;
  return (
    <>
      <path d={curve([...line.slice(0, -1), tail], direction)} fill="none" stroke="currentColor" strokeWidth={1.5} />
      <path d={head} fill="currentColor" />
    </>
  );
}

function curve(points: readonly Point[], direction: Direction): string {
  return points
    .map((to, index) => {
      const from = points[index - 1];
      if (from === undefined) return `M${to.x} ${to.y}`;
      const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
      const bends = direction === "right" ? `${x} ${from.y} ${x} ${to.y}` : `${from.x} ${y} ${to.x} ${y}`;
      return `C${bends} ${to.x} ${to.y}`;
    })
    .join("");
}
