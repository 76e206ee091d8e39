"use client";

import { CornerDownRight, Info, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { callApi } from "#/app/_ui/conversation-transport.ts";
import { describePreview, type PreviewLine } from "#/app/_ui/delegation-text.ts";
import { WithCode } from "#/app/_ui/with-code.tsx";
import type { ParseReport } from "#/lib/protocol/action.ts";

const looks = {
  dispatch: { icon: CornerDownRight, className: "text-foreground", iconClass: "text-success" },
  refused: { icon: TriangleAlert, className: "text-foreground", iconClass: "text-danger" },
  hint: { icon: Info, className: "text-muted", iconClass: "text-muted" },
};

/** What the message in the box would dispatch, and what is wrong with it, as the server reads it. */
export function DelegationPreview({ text }: { text: string }) {
  const lines = usePreview(text);
  if (lines.length === 0) return null;
  return (
    <ul aria-label="Preview" className="max-h-40 space-y-1 overflow-auto border-t px-4 py-2">
      {lines.map((line, position) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity, and are replaced together
        <Line key={position} line={line} />
      ))}
    </ul>
  );
}

function Line({ line }: { line: PreviewLine }) {
  const { icon: Icon, className, iconClass } = looks[line.kind];
  return (
    <li className={`flex items-start gap-2 ${className}`}>
      <Icon aria-hidden size={14} strokeWidth={2} className={`mt-0.5 shrink-0 ${iconClass}`} />
      <span className="min-w-0">
        {line.kind === "refused" && <span className="font-medium text-danger">would be refused: </span>}
        <WithCode text={line.text} />
      </span>
    </li>
  );
}

/** Asks the server 250 ms after the last key; the answer to an older text never replaces that to a newer one. */
function usePreview(text: string): PreviewLine[] {
  const [lines, setLines] = useState<PreviewLine[]>([]);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(async () => {
      const fresh = await readPreview(text);
      if (current) setLines(fresh);
    }, 250);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);
  return lines;
}

async function readPreview(text: string): Promise<PreviewLine[]> {
  try {
    return describePreview((await callApi("POST", "/api/preview", { text })) as ParseReport);
  } catch {
    return [{ kind: "hint", text: "No preview: the server could not be asked." }];
  }
}
