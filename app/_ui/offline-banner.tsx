"use client";

import { Unplug, X } from "lucide-react";
import { useState } from "react";
import { IconButton } from "#/app/_ui/icon-button.tsx";

/**
 * Says that the rule-based stand-in answers, and how to connect a model. On phones it is `short` where room
 * is needed for a conversation. Once dismissed it stays away until the browser is closed: the
 * server, which reads the cookie, does not render it any more.
 */
export function OfflineBanner({ short }: { short: boolean }) {
  const [dismissed, setDismissed] = useState(false);
  if (dismissed) return null;
  const dismiss = () => {
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in every browser
    document.cookie = "deputy-model-notice=dismissed;path=/;samesite=lax";
    setDismissed(true);
  };
  return (
    <aside
      aria-label="Model"
      className="mb-2 flex items-center gap-3 rounded-xl border bg-sidebar py-1 pr-1 pl-3.5 text-[0.8125rem] leading-snug"
    >
      <Unplug aria-hidden size={16} strokeWidth={1.75} className="hidden shrink-0 text-warning sm:block" />
      <p className="min-w-0 flex-1 py-1">
        <strong className="font-semibold">The offline model is answering:</strong> rule-based, no key needed.{" "}
        <span className={short ? "max-sm:hidden" : ""}>
          To connect a real model set <code className="font-mono text-xs">OPENAI_API_KEY</code> (or{" "}
          <code className="font-mono text-xs">OPENAI_BASE_URL</code>) and restart.
        </span>
      </p>
      <IconButton icon={X} label="Dismiss" onClick={dismiss} className="hover:bg-transparent" />
    </aside>
  );
}
