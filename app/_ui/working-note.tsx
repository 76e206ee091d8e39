"use client";

import { Markdown } from "#/app/_ui/markdown.tsx";
import { QuietDetails } from "#/app/_ui/quiet-details.tsx";

/** Prose that the main agent wrote on its way: kept, and not taken for the answer. */
export function WorkingNote({ text }: { text: string }) {
  return (
    <QuietDetails
      summary={
        <>
          Working note: <span className="italic">{text.trim().split("\n", 1)[0]}</span>
        </>
      }
    >
      <div className="prose-answer prose-small text-muted">
        <Markdown text={text} />
      </div>
    </QuietDetails>
  );
}
