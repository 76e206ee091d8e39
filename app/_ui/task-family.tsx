"use client";

import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { count } from "#/app/_ui/words.ts";
import type { TaskPart } from "#/lib/chat/parts.ts";
import type { PartOf } from "#/lib/protocol/orchestration.ts";

type Props = { parts: readonly TaskPart[]; isOpen: boolean; children: ReactNode };

/** The parts of a group inside of its card: open while they are worked on, unless the person wants it otherwise. */
export function TaskFamily({ parts, isOpen, children }: Props) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? isOpen;
  return (
    <details
      open={open}
      onToggle={({ currentTarget }) => currentTarget.open !== open && setChosen(currentTarget.open)}
      className="group/family border-t"
    >
      <summary className="tap flex items-center gap-1.5 rounded-b-xl px-4 py-2 text-[0.8125rem] font-medium text-muted -outline-offset-2 transition-colors hover:text-foreground">
        <ChevronRight
          aria-hidden
          size={15}
          strokeWidth={2}
          className="-ml-0.5 shrink-0 group-open/family:rotate-90 motion-safe:transition-transform"
        />
        {partsInWords(parts)}
      </summary>
      <div className="ml-2 space-y-2.5 border-l-2 py-1 pr-2 pb-3 pl-2 sm:ml-4 sm:pr-4 sm:pl-3">{children}</div>
    </details>
  );
}

const kinds: readonly PartOf["kind"][] = ["subtask", "vote", "bid", "award"];

/** `3 bids, 1 award, 2 done`. */
function partsInWords(parts: readonly TaskPart[]): string {
  const done = parts.filter(({ status }) => status === "completed").length;
  const amounts = kinds.flatMap((kind) => {
    const amount = parts.filter(({ part }) => part?.kind === kind).length;
    return amount === 0 ? [] : [count(amount, kind)];
  });
  return `${amounts.join(" and ")}, ${done} done`;
}
