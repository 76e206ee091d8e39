"use client";

import {
  BookOpenText,
  Bug,
  Code,
  FlaskConical,
  Globe,
  ListTree,
  type LucideIcon,
  SearchCheck,
  Star,
} from "lucide-react";
import type { AgentName } from "#/lib/protocol/agent.ts";

export const agentIcons: Record<AgentName, LucideIcon> = {
  main: Star,
  knowledge: BookOpenText,
  planner: ListTree,
  browser: Globe,
  code: Code,
  test: FlaskConical,
  review: SearchCheck,
  debug: Bug,
};

/** Decoration: the agent's name stands beside it. */
export function AgentIcon({ agent }: { agent: AgentName }) {
  const Icon = agentIcons[agent];
  return (
    <span
      aria-hidden
      className="inline-flex size-7 shrink-0 items-center justify-center rounded-lg bg-subtle text-muted"
    >
      <Icon size={15} strokeWidth={1.75} />
    </span>
  );
}
