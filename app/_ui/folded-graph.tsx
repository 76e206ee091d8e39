"use client";

import { type Fold, foldedLayers, type GraphTask } from "#/app/_ui/task-graph.ts";
import { stateLooks } from "#/app/_ui/task-state.tsx";
import { count, taskStateInWords } from "#/app/_ui/words.ts";
import type { TaskStatus } from "#/lib/protocol/task.ts";

const order: readonly TaskStatus[] = ["completed", "in_progress", "waiting", "pending", "failed", "cancelled"];

/** Too many tasks to draw one by one: how many stand in each layer, and how they stand. */
export function FoldedGraph({ tasks }: { tasks: readonly GraphTask[] }) {
  return (
    <div className="px-4 pt-2 pb-3">
      <p className="text-xs text-muted">
        {tasks.length} tasks are too many to draw one by one. By layer, in the order in which they run:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <ol aria-label="Layers" tabIndex={0} className="mt-2 max-h-64 divide-y overflow-auto text-[0.8125rem]">
        {foldedLayers(tasks).map((fold) => (
          <Layer key={fold.from} fold={fold} />
        ))}
      </ol>
    </div>
  );
}

function Layer({ fold: { from, to, tasks, counts } }: { fold: Fold }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-0.5 py-1.5">
      <span className="min-w-24 tabular-nums text-muted">
        {from === to ? `Layer ${from}` : `Layers ${from} to ${to}`}
      </span>
      <span className="min-w-16 font-medium tabular-nums">{count(tasks, "task")}</span>
      {order.map((status) => (
        <StatusCount key={status} status={status} amount={counts[status] ?? 0} />
      ))}
    </li>
  );
}

function StatusCount({ status, amount }: { status: TaskStatus; amount: number }) {
  if (amount === 0) return null;
  const { icon: Icon, className } = stateLooks[status];
  return (
    <span className={`flex items-center gap-1 ${className}`}>
      <Icon aria-hidden size={13} strokeWidth={2} className="shrink-0" />
      <span className="tabular-nums">
        {amount} {taskStateInWords(status, 0, []).toLowerCase()}
      </span>
    </span>
  );
}
