"use client";

import { CloudAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { readHealth } from "#/app/_ui/read-health.ts";
import { troubleOf } from "#/app/_ui/service-trouble.ts";

const LOOK_EVERY_MS = 10_000;
/** Once something is wrong, the page should not say so for longer than it is true. */
const LOOK_AGAIN_MS = 3_000;

/**
 * Says what is wrong with the server while something is, and goes by itself. Looks every 10 s while the page is seen, and at
 * once when a stream breaks.
 */
export function ServiceBanner({ broken }: { broken: boolean }) {
  const trouble = useTrouble(broken);
  return (
    <div role="status">
      {trouble !== null && (
        <p className="mb-2 flex items-start gap-3 rounded-xl border bg-sidebar px-3.5 py-2 text-[0.8125rem] leading-snug">
          <CloudAlert aria-hidden size={16} strokeWidth={1.75} className="mt-px shrink-0 text-warning" />
          <span className="min-w-0 flex-1">{trouble}</span>
        </p>
      )}
    </div>
  );
}

function useTrouble(broken: boolean): string | null {
  const [trouble, setTrouble] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a stream that breaks, or is there again, is a reason to look
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isLeft = false;
    const look = async () => {
      clearTimeout(timer);
      const health = document.visibilityState === "visible" ? await readHealth() : null;
      if (isLeft) return;
      const found = health === null ? null : troubleOf(health);
      if (health !== null) setTrouble(found);
      timer = setTimeout(look, found === null ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
    };
    void look();
    document.addEventListener("visibilitychange", look);
    return () => {
      isLeft = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [broken]);
  return trouble;
}
