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
  UserX,
} from "lucide-react";
import type { AgentName } from "#/lib/protocol/agent.ts";

/** Of who does a task: the main agent holds one only when nobody was found for it. */
export const agentIcons: Record<AgentName, LucideIcon> = {
  main: UserX,
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
