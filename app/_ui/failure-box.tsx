"use client";

import { CircleX, RotateCcw } from "lucide-react";
import { WithCode } from "#/app/_ui/with-code.tsx";
import type { Failure } from "#/lib/protocol/task.ts";

/** Why a run failed, and the way to try again. */
export function FailureBox({ error, onRetry }: { error: Failure | undefined; onRetry: (() => void) | undefined }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div role="group" aria-label="Failure" className="flex gap-2.5 rounded-xl border bg-danger-soft px-4 py-3">
      <CircleX aria-hidden size={16} strokeWidth={2} className="mt-0.5 shrink-0 text-danger" />
      <div className="min-w-0 flex-1">
        <p className="text-sm font-semibold">This run failed.</p>
        <p className="mt-1 text-sm leading-relaxed">
          <WithCode text={error?.message ?? "No reason was recorded."} />
        </p>
        <p className="mt-1 text-[0.8125rem] text-muted">Your message and everything above are kept.</p>
        {onRetry !== undefined && (
          <button
            type="button"
            onClick={onRetry}
            className="tap mt-3 inline-flex items-center gap-2 rounded-lg border bg-card px-3 py-1.5 text-sm font-medium hover:border-border-strong"
          >
            <RotateCcw aria-hidden size={14} strokeWidth={2} />
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
