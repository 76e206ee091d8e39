"use client";

import { Check, Copy, X } from "lucide-react";
import { useEffect, useState } from "react";

type Props = { text: string; label: string; iconOnly?: boolean; className: string };

/** Puts a text into the clipboard and says for two seconds whether that worked. */
export function CopyButton({ text, label, iconOnly = false, className }: Props) {
  const [outcome, setOutcome] = useState<"copied" | "failed" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => setOutcome((await toClipboard(text)) ? "copied" : "failed");
  const Icon = outcome === null ? Copy : outcome === "copied" ? Check : X;
  const words = outcome === null ? label : outcome === "copied" ? "Copied" : "Not allowed to copy";
  return (
    <button type="button" onClick={copy} aria-label={words} title={iconOnly ? words : undefined} className={className}>
      <Icon aria-hidden size={14} strokeWidth={1.75} />
      {!iconOnly && words}
    </button>
  );
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
