"use client";

import { type RefObject, useLayoutEffect, useRef } from "react";
import { readableQuote } from "#/app/_ui/quote-text.ts";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

type Props = {
  id: string;
  evidence: NumberedEvidence;
  anchor: RefObject<HTMLElement | null>;
  onEnter: () => void;
  onLeave: () => void;
};

/** What stands behind a citation: title, the headings above the passage, the words that are quoted. */
export function SourceCard({ id, evidence, anchor, onEnter, onLeave }: Props) {
  const card = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place(card.current, anchor.current), [anchor]);
  const { source, quote } = evidence;
  return (
    <div
      ref={card}
      id={id}
      role="tooltip"
      onMouseEnter={onEnter}
      onMouseLeave={onLeave}
      className="fixed top-0 left-0 z-20 w-[min(24rem,calc(100vw-1.5rem))] rounded-xl border bg-card p-3.5 text-left font-sans text-[0.8125rem] leading-relaxed shadow-raised"
    >
      <p className="font-semibold">{source.title}</p>
      {source.heading.length > 0 && <p className="text-muted">{source.heading.join(" › ")}</p>}
      <p className="mt-2 line-clamp-6 border-l-2 border-border-strong pl-2.5 whitespace-pre-wrap">
        {readableQuote(quote)}
      </p>
      <p className="mt-2 truncate text-xs text-muted">{source.origin}</p>
    </div>
  );
}

const gapPx = 6;
const marginPx = 12;

/** Under the anchor, or above it where there is no room, and never past the edge of the window. */
function place(card: HTMLElement | null, anchor: HTMLElement | null) {
  if (card === null || anchor === null) return;
  const at = anchor.getBoundingClientRect();
  const left = Math.max(marginPx, Math.min(at.left - 24, window.innerWidth - card.offsetWidth - marginPx));
  const below = at.bottom + gapPx;
  const fits = below + card.offsetHeight <= window.innerHeight - marginPx;
  const top = fits ? below : Math.max(marginPx, at.top - gapPx - card.offsetHeight);
  card.style.translate = `${left}px ${top}px`;
}
