"use client";

import { CitedEvidence } from "#/app/_ui/citation.tsx";
import { EvidenceList } from "#/app/_ui/evidence-list.tsx";
import { Markdown } from "#/app/_ui/markdown.tsx";
import { PageView } from "#/app/_ui/page-view.tsx";
import { PlanGraphList } from "#/app/_ui/plan-graph-list.tsx";
import { QuietDetails } from "#/app/_ui/quiet-details.tsx";
import { aggregateWords } from "#/app/_ui/words.ts";
import type { ResultPart } from "#/lib/chat/parts.ts";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

/** What a task brought back: its structured parts, and the text that the main agent was given. */
export function TaskResult({ result }: { result: ResultPart }) {
  const { text, evidence, plan, page, artifacts, aggregated } = result;
  const structured = evidence.length > 0 || plan !== undefined || page !== undefined;
  return (
    <div className="flex flex-col gap-4">
      {aggregated !== undefined && (
        <p className="text-[0.8125rem] text-muted">
          The results of <span className="font-mono text-xs">{aggregated.from.join(", ")}</span>,{" "}
          {aggregateWords[aggregated.how]}.
        </p>
      )}
      {plan !== undefined && <PlanGraphList plan={plan} />}
      {page !== undefined && <PageView page={page} artifacts={artifacts} />}
      {evidence.length > 0 && <EvidenceList evidence={evidence} />}
      {structured ? (
        <QuietDetails summary="Text of the result">
          <ResultText text={text} evidence={evidence} />
        </QuietDetails>
      ) : (
        <ResultText text={text} evidence={evidence} />
      )}
    </div>
  );
}

function ResultText({ text, evidence }: { text: string; evidence: readonly NumberedEvidence[] }) {
  return (
    <CitedEvidence value={new Map(evidence.map((found) => [found.n, found]))}>
      <div className="prose-answer prose-small">
        <Markdown text={text} />
      </div>
    </CitedEvidence>
  );
}
