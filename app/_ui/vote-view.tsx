"use client";

import { CircleCheck, TriangleAlert } from "lucide-react";
import { formatShare } from "#/app/_ui/money.ts";
import { count, nameOfAgent } from "#/app/_ui/words.ts";
import type { Consensus } from "#/lib/protocol/orchestration.ts";

type Vote = Consensus["votes"][number];

/** How a vote went: what won or that nothing did, by which share, who said what, who disagrees, what decided a tie. */
export function VoteView({ consensus }: { consensus: Consensus }) {
  return (
    <div className="space-y-3 border-t px-4 py-3 text-sm">
      <Outcome consensus={consensus} />
      <ul aria-label="Votes" className="divide-y border-y">
        {consensus.votes.map((vote) => (
          <VoteRow key={vote.ref} vote={vote} isWinner={vote.answer !== null && vote.answer === consensus.winner} />
        ))}
      </ul>
      {consensus.dissent.length > 0 && (
        <p className="text-[0.8125rem] leading-relaxed">
          <span className="font-medium">Dissent:</span>{" "}
          {consensus.dissent.map(({ answer, refs }) => `${answer} (${refs.join(", ")})`).join("; ")}
        </p>
      )}
      {consensus.tie !== undefined && (
        <p className="text-[0.8125rem] leading-relaxed">
          <span className="font-medium">A tie</span> between {consensus.tie.between.join(" and ")}: {consensus.tie.rule}
        </p>
      )}
    </div>
  );
}

function Outcome({ consensus }: { consensus: Consensus }) {
  const { reached, winner, share, minAgreement, votes } = consensus;
  const agreeing = Math.round(share * votes.length);
  return (
    <div>
      <p className="flex items-start gap-2 font-semibold">
        {reached ? (
          <CircleCheck aria-hidden size={16} strokeWidth={2} className="mt-0.5 shrink-0 text-success" />
        ) : (
          <TriangleAlert aria-hidden size={16} strokeWidth={2} className="mt-0.5 shrink-0 text-warning" />
        )}
        <span className="min-w-0">{reached ? `Agreed: ${winner}` : "No consensus"}</span>
      </p>
      <ShareBar share={share} minAgreement={minAgreement} reached={reached} />
      <p className="mt-1.5 text-[0.8125rem] text-muted">
        {winner === null
          ? "Nobody gave an answer."
          : `${agreeing} of ${votes.length} ${agreeing === 1 ? "says" : "say"} ${reached ? "so" : winner}`}
        {winner !== null && ` (${formatShare(share)}); at least ${formatShare(minAgreement)} were asked for.`}
      </p>
    </div>
  );
}

/** The share as a bar, and a mark where agreement begins. */
function ShareBar({ share, minAgreement, reached }: Pick<Consensus, "share" | "minAgreement" | "reached">) {
  return (
    <div
      role="img"
      aria-label={`${formatShare(share)} agree, ${formatShare(minAgreement)} are needed`}
      className="relative mt-2.5 h-2 rounded-full bg-subtle"
    >
      <div
        className={`h-full rounded-full ${reached ? "bg-success" : "bg-warning"}`}
        style={{ width: `${share * 100}%` }}
      />
      <div
        className="absolute -top-1 h-4 w-0.5 -translate-x-1/2 rounded-full bg-foreground"
        style={{ left: `${minAgreement * 100}%` }}
      />
    </div>
  );
}

function VoteRow({ vote, isWinner }: { vote: Vote; isWinner: boolean }) {
  const { ref, agent, answer, evidence, confidence, error } = vote;
  const facts = [
    evidence > 0 ? count(evidence, "finding") : "",
    confidence === null ? "" : `${formatShare(confidence)} sure`,
  ].filter(Boolean);
  return (
    <li className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5 py-2">
      <span className="font-mono text-xs text-muted">{ref}</span>
      <span className="text-[0.8125rem] text-muted">{nameOfAgent(agent)}</span>
      <span className={`min-w-0 flex-1 basis-40 ${isWinner ? "font-medium" : ""}`}>
        {answer ?? <span className="text-muted">no answer{error === undefined ? "" : `: ${error}`}</span>}
      </span>
      <span className="text-xs tabular-nums text-muted">{facts.join(", ")}</span>
    </li>
  );
}
