"use client";

import { between, formatDuration } from "#/app/_ui/duration.ts";
import { useNow } from "#/app/_ui/use-now.ts";

/** The time between two moments; it counts on while the second has not come. */
export function Elapsed({ from, to }: { from: string; to?: string | undefined }) {
  const nowMs = useNow(to === undefined);
  if (to === undefined && nowMs === null) return null;
  return <span className="tabular-nums">{formatDuration(between(from, to, nowMs ?? 0))}</span>;
}
