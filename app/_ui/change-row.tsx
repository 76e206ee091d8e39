"use client";

import { ListRestart } from "lucide-react";
import { changeInWords } from "#/app/_ui/change-words.ts";
import type { ChangePart } from "#/lib/chat/parts.ts";

/** A change of the plan while it ran: who made it, what it touched, and why. */
export function ChangeRow({ change }: { change: ChangePart }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div role="group" aria-label="Plan changed" className="flex items-start gap-2 text-[0.8125rem] leading-relaxed">
      <ListRestart aria-hidden size={14} strokeWidth={2} className="mt-1 shrink-0 text-accent" />
      <p className="min-w-0">
        <span className="font-medium">{changeInWords(change)}</span>
        {change.reason !== undefined && <span className="text-muted"> {change.reason}</span>}
      </p>
    </div>
  );
}
