"use client";

import { ShieldAlert } from "lucide-react";
import { memo } from "react";
import { QuietDetails } from "#/app/_ui/quiet-details.tsx";
import { WithCode } from "#/app/_ui/with-code.tsx";
import { refusalWords } from "#/app/_ui/words.ts";
import type { RefusalPart } from "#/lib/chat/parts.ts";

/** A block that the gate turned away: why, in words, and the block as it was written. */
export const RefusalRow = memo(function RefusalRow({ refusal }: { refusal: RefusalPart }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div role="group" aria-label="Refused action" className="rounded-xl border bg-warning-soft px-4 py-3">
      <div className="flex gap-2.5">
        <ShieldAlert aria-hidden size={16} strokeWidth={2} className="mt-0.5 shrink-0 text-warning" />
        <div className="min-w-0 flex-1 space-y-1.5">
          <p className="text-sm leading-snug">
            <span className="font-semibold">Refused: {refusalWords[refusal.code]}.</span>
            {refusal.author === "user" && <span className="text-muted"> You wrote this one.</span>}
          </p>
          <p className="text-[0.8125rem] leading-relaxed">
            <WithCode text={refusal.message} />
          </p>
          <QuietDetails summary="The block as it was written">
            <BlockText text={refusal.text} />
          </QuietDetails>
        </div>
      </div>
    </div>
  );
});

/** The text of a block, letter by letter. */
export function BlockText({ text }: { text: string }) {
  return (
    <pre className="max-h-72 overflow-auto rounded-lg border bg-card p-3 font-mono text-xs leading-relaxed whitespace-pre-wrap">
      {text}
    </pre>
  );
}
