"use client";

import { Gavel, type LucideIcon, MoveRight, Network, Rows3, Vote, Workflow } from "lucide-react";
import type { PatternKind } from "#/app/_ui/pattern.ts";

const icons: Record<PatternKind, LucideIcon> = {
  chain: MoveRight,
  parallel: Rows3,
  graph: Workflow,
  tree: Network,
  vote: Vote,
  auction: Gavel,
};

/** Decoration: the pattern's name stands beside it. */
export function PatternIcon({ kind, size = 15 }: { kind: PatternKind; size?: number }) {
  const Icon = icons[kind];
  return <Icon aria-hidden size={size} strokeWidth={1.75} className="shrink-0" />;
}
