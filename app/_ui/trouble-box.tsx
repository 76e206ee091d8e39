"use client";

import { CircleAlert, X } from "lucide-react";
import { IconButton } from "#/app/_ui/icon-button.tsx";

type Props = { notSent: string | null; problem: string | null; onDismiss: () => void };

/** What went wrong with the last request, right above the box where the person goes on. */
export function TroubleBox({ notSent, problem, onDismiss }: Props) {
  if (notSent === null && problem === null) return null;
  return (
    <div
      role="alert"
      className="mb-2 flex items-start gap-2.5 rounded-xl bg-danger-soft py-1.5 pr-1 pl-3.5 text-sm leading-snug"
    >
      <CircleAlert aria-hidden size={16} strokeWidth={1.75} className="mt-1.5 shrink-0 text-danger" />
      <p className="min-w-0 flex-1 py-1">
        {notSent !== null && (
          <>
            <strong className="font-semibold">Not sent.</strong> {notSent}{" "}
            <span className="text-muted">Your message is back in the box.</span>
          </>
        )}
        {problem}
      </p>
      <IconButton icon={X} label="Dismiss" onClick={onDismiss} className="hover:bg-transparent" />
    </div>
  );
}
