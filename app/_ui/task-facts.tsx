"use client";

import { Snail } from "lucide-react";
import { between, formatDuration } from "#/app/_ui/duration.ts";
import { timeAndMoney } from "#/app/_ui/expectation.ts";
import { QuietDetails } from "#/app/_ui/quiet-details.tsx";
import { inOneLine, nameOfAgent } from "#/app/_ui/words.ts";
import type { TaskPart } from "#/lib/chat/parts.ts";
import type { Routing } from "#/lib/protocol/orchestration.ts";

/** What was expected of a task beside what it took, why, and how its agent was found. */
export function TaskFacts({ task }: { task: TaskPart }) {
  const { routing, slow, agent } = task;
  const facts = isSpokenFor(task) ? [] : factsOf(task);
  const wasChosen = routing !== undefined && routing.choice !== agent;
  if (facts.length === 0 && slow === undefined && !wasChosen) return null;
  return (
    <div className="mt-1.5 space-y-0.5 text-muted">
      {slow !== undefined && (
        <p className="flex items-center gap-1.5 text-[0.8125rem] font-medium text-warning">
          <Snail aria-hidden size={14} strokeWidth={2} />
          {stillWaits(task) ? "Waiting longer" : "Slower"} than expected ({formatDuration(slow.expectedMs)})
        </p>
      )}
      {facts.length > 0 && <Facts facts={facts} reasons={task.estimate?.reasons ?? []} />}
      {wasChosen && <Chosen routing={routing} />}
    </div>
  );
}

/** It was slow before anybody had begun it, and nobody has. */
function stillWaits({ status, slow, startedAt }: TaskPart): boolean {
  return slow?.waiting === true && status === "pending" && startedAt === undefined;
}

/** Votes and bids are part of what was expected of their group. */
function isSpokenFor({ part }: TaskPart): boolean {
  return part?.kind === "vote" || part?.kind === "bid";
}

function factsOf({ complexity, estimate, startedAt, endedAt, costUsd = 0 }: TaskPart): string[] {
  const facts = complexity === undefined ? [] : [`Complexity ${complexity} of 10`];
  if (estimate === undefined) return facts;
  facts.push(`expected ${timeAndMoney(estimate.seconds, estimate.costUsd)}`);
  if (startedAt === undefined || endedAt === undefined) return facts;
  return [...facts, `took ${timeAndMoney(between(startedAt, endedAt, 0) / 1_000, costUsd)}`];
}

function Facts({ facts, reasons }: { facts: readonly string[]; reasons: readonly string[] }) {
  const line = capitalised(facts.join(", "));
  if (reasons.length === 0) return <p className="text-[0.8125rem] tabular-nums">{line}</p>;
  return (
    <QuietDetails summary={<span className="whitespace-normal tabular-nums">{line}</span>}>
      <p>{inOneLine(reasons)}</p>
    </QuietDetails>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Everybody who was looked at, best first: the delegation did not name the agent. */
function Chosen({ routing: { choice, scores } }: { routing: Routing }) {
  const [best] = scores;
  const asked = choice === "any" ? "any agent" : `an agent that can do ${choice.replace(/^can:/, "")}`;
  const found = best === undefined ? "nobody was found" : `${nameOfAgent(best.agent)} was chosen by score`;
  return (
    <QuietDetails summary={<span className="whitespace-normal">{`Asked for ${asked}: ${found}`}</span>}>
      <ul aria-label="Scores" className="space-y-1">
        {scores.map(({ agent, score, reasons }) => (
          <li key={agent} className="flex gap-2">
            <span className="w-9 shrink-0 text-right tabular-nums">{score.toFixed(2)}</span>
            <span className="min-w-0">
              <span className="font-medium text-foreground">{nameOfAgent(agent)}</span>
              {reasons.length > 0 && `: ${inOneLine(reasons)}`}
            </span>
          </li>
        ))}
      </ul>
    </QuietDetails>
  );
}
