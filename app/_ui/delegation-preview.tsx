"use client";

import { CornerDownRight, Info, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { callApi } from "#/app/_ui/conversation-transport.ts";
import { describePreview, type Preview, type PreviewLine, previewTitle } from "#/app/_ui/delegation-text.ts";
import { WithCode } from "#/app/_ui/with-code.tsx";

const looks = {
  dispatch: { icon: CornerDownRight, className: "text-foreground", iconClass: "text-success" },
  refused: { icon: TriangleAlert, className: "text-foreground", iconClass: "text-danger" },
  hint: { icon: Info, className: "text-muted", iconClass: "text-muted" },
};

/** What the message in the box would dispatch, and what is wrong with it, as the server reads it. */
export function DelegationPreview({ text }: { text: string }) {
  const { title, lines } = usePreview(text);
  if (lines.length === 0) return null;
  return (
    <div className="max-h-44 overflow-auto border-b px-4 py-2">
      {title !== null && <p className="mb-1 font-medium">{title}</p>}
      <ul aria-label="Preview" className="space-y-1">
        {lines.map((line, position) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity, and are replaced together
          <Line key={position} line={line} />
        ))}
      </ul>
    </div>
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

type Shown = { readonly title: string | null; readonly lines: readonly PreviewLine[] };

/** Asks the server 250 ms after the last key; the answer to an older text never replaces that to a newer one. */
function usePreview(text: string): Shown {
  const [shown, setShown] = useState<Shown>({ title: null, lines: [] });
  useEffect(() => {
    let current = true;
    const timer = setTimeout(async () => {
      const fresh = await readPreview(text);
      if (current) setShown(fresh);
    }, 250);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text]);
  return shown;
}

async function readPreview(text: string): Promise<Shown> {
  try {
    const preview = (await callApi("POST", "/api/preview", { text })) as Preview;
    return { title: previewTitle(preview), lines: describePreview(preview) };
  } catch {
    return { title: null, lines: [{ kind: "hint", text: "No preview: the server could not be asked." }] };
  }
}
