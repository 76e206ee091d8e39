"use client";

import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";

/** Something that is there for whoever looks for it, in small grey type. */
export function QuietDetails({ summary, children }: { summary: ReactNode; children: ReactNode }) {
  const [opened, setOpened] = useState(false);
  return (
    <details className="group/quiet text-[0.8125rem]" onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary className="tap flex items-center gap-1.5 rounded-md text-muted transition-colors hover:text-foreground">
        <ChevronRight
          aria-hidden
          size={14}
          strokeWidth={2}
          className="shrink-0 group-open/quiet:rotate-90 motion-safe:transition-transform"
        />
        <span className="min-w-0 truncate">{summary}</span>
      </summary>
      {opened && <div className="mt-2 pl-5">{children}</div>}
    </details>
  );
}
