"use client";

import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";

/** A line that opens what belongs to it. What is closed is not built, so that a long conversation stays light. */
export function Disclosure({ summary, children }: { summary: ReactNode; children: ReactNode }) {
  const [opened, setOpened] = useState(false);
  return (
    <details className="group border-t" onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary className="tap flex items-center gap-1.5 rounded-b-xl px-4 py-2 text-[0.8125rem] font-medium text-muted -outline-offset-2 transition-colors hover:text-foreground">
        <ChevronRight
          aria-hidden
          size={15}
          strokeWidth={2}
          className="-ml-0.5 shrink-0 group-open:rotate-90 motion-safe:transition-transform"
        />
        <span className="min-w-0 truncate">{summary}</span>
      </summary>
      {opened && <div className="px-4 pt-1 pb-4">{children}</div>}
    </details>
  );
}
