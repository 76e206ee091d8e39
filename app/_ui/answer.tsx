"use client";

import { memo } from "react";
import { CitedEvidence } from "#/app/_ui/citation.tsx";
import { Markdown } from "#/app/_ui/markdown.tsx";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

type Props = { text: string; evidence: ReadonlyMap<number, NumberedEvidence> };

/** The answer: Markdown, its citations linked to the evidence that they name. */
export const Answer = memo(
  function Answer({ text, evidence }: Props) {
    return (
      <CitedEvidence value={evidence}>
        <div className="prose-answer py-1">
          <Markdown text={text} />
        </div>
      </CitedEvidence>
    );
  },
  (before, after) => before.text === after.text && before.evidence.size === after.evidence.size,
);
