"use client";

import { createContext, type ReactNode, useContext, useId, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { safeUrl } from "#/app/_ui/safe-url.ts";
import { SourceCard } from "#/app/_ui/source-card.tsx";
import type { NumberedEvidence } from "#/lib/protocol/result.ts";

/** The evidence that the citations around here may name. */
export const CitedEvidence = createContext<ReadonlyMap<number, NumberedEvidence>>(new Map());

/** `[n]` in the answer: a small number that opens its source; an unknown number stays the text that it was. */
export function Citation({ n, children }: { n: number; children: ReactNode }) {
  const evidence = useContext(CitedEvidence).get(n);
  return evidence === undefined ? children : <Chip evidence={evidence} />;
}

/** Keeps the number on the line of the word that it follows. */
const wordJoiner = "\u2060";

function Chip({ evidence }: { evidence: NumberedEvidence }) {
  const chip = useRef<HTMLAnchorElement>(null);
  const card = useHoverCard();
  const cardId = useId();
  const url = safeUrl(evidence.source.url);
  return (
    <sup className="mx-px whitespace-nowrap align-[0.35em] text-[0.6875rem] leading-none">
      {wordJoiner}
      <a
        ref={chip}
        href={url ?? undefined}
        target="_blank"
        rel="noopener noreferrer"
        aria-label={`Source ${evidence.n}: ${evidence.source.title}`}
        aria-describedby={card.open ? cardId : undefined}
        onMouseEnter={card.show}
        onMouseLeave={card.hideSoon}
        onFocus={card.show}
        onBlur={card.hideSoon}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !card.open) return;
          event.preventDefault();
          card.hide();
        }}
        className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-md bg-accent-soft px-1 font-medium tabular-nums no-underline! transition-colors hover:bg-accent hover:text-accent-foreground!"
      >
        {evidence.n}
      </a>
      {card.open &&
        createPortal(
          <SourceCard id={cardId} evidence={evidence} anchor={chip} onEnter={card.show} onLeave={card.hideSoon} />,
          document.body,
        )}
    </sup>
  );
}

/** Open while the pointer is on the chip or its card, or the chip has the focus; it lingers for the way between them. */
function useHoverCard() {
  const [open, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const later = (value: boolean, ms: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(value), ms);
  };
  return {
    open,
    show: () => later(true, 80),
    hideSoon: () => later(false, 160),
    hide: () => {
      clearTimeout(timer.current);
      setOpen(false);
    },
  };
}
