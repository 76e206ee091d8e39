"use client";

import { Info } from "lucide-react";
import { QuietDetails } from "#/app/_ui/quiet-details.tsx";
import { BlockText } from "#/app/_ui/refusal-row.tsx";
import { WithCode } from "#/app/_ui/with-code.tsx";
import { ignoredWords } from "#/app/_ui/words.ts";
import type { IgnoredPart, MissedPart, NoticePart } from "#/lib/chat/parts.ts";

/** A whole block that did not run because of where it stood. */
export function IgnoredRow({ ignored }: { ignored: IgnoredPart }) {
  return (
    <QuietDetails summary={`A block was left alone: it stands ${ignoredWords[ignored.reason]}`}>
      <BlockText text={ignored.text} />
    </QuietDetails>
  );
}

/** A line that looks like an action and is none. */
export function MissedRow({ missed }: { missed: MissedPart }) {
  return (
    <QuietDetails summary="A line looks like an action and is none">
      <p className="mb-2 text-muted">
        <WithCode text={missed.hint} />
      </p>
      <BlockText text={missed.text} />
    </QuietDetails>
  );
}

export function NoticeRow({ notice }: { notice: NoticePart }) {
  return (
    <p className="flex items-start gap-2 text-[0.8125rem] leading-relaxed text-muted">
      <Info aria-hidden size={14} strokeWidth={2} className="mt-1 shrink-0" />
      <span className="min-w-0">
        {notice.text}
        {notice.runId !== undefined && (
          <>
            {" "}
            <a href={`/runs/${notice.runId}`} className="underline decoration-border-strong underline-offset-2">
              Transcript of that one
            </a>
          </>
        )}
      </span>
    </p>
  );
}
