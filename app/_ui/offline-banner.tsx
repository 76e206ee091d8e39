"use client";

import { Unplug, X } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "#/app/_ui/icon-button.tsx";

const key = "deputy:offline-banner";

/** Says that the rule-based stand-in answers, and how to connect a model. Once dismissed it stays away for the session. */
export function OfflineBanner() {
  const [dismissed, setDismissed] = useState(false);
  useEffect(() => setDismissed(wasDismissed()), []);
  if (dismissed) return null;
  const dismiss = () => {
    rememberDismissal();
    setDismissed(true);
  };
  return (
    <aside
      aria-label="Model"
      className="mb-2 flex items-center gap-3 rounded-xl border bg-sidebar py-1 pr-1 pl-3.5 text-[0.8125rem] leading-snug"
    >
      <Unplug aria-hidden size={16} strokeWidth={1.75} className="hidden shrink-0 text-warning sm:block" />
      <p className="min-w-0 flex-1 py-1">
        <strong className="font-semibold">The offline model is answering:</strong> rule-based, no key needed. To connect
        a real model set <code className="font-mono text-xs">OPENAI_API_KEY</code> (or{" "}
        <code className="font-mono text-xs">OPENAI_BASE_URL</code>) and restart.
      </p>
      <IconButton icon={X} label="Dismiss" onClick={dismiss} className="hover:bg-transparent" />
    </aside>
  );
}

function wasDismissed(): boolean {
  try {
    return sessionStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

function rememberDismissal() {
  try {
    sessionStorage.setItem(key, "dismissed");
  } catch {
    return;
  }
}
