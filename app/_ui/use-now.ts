"use client";

import { useEffect, useState } from "react";

/** The time in milliseconds, read again every second while `ticking`; null on the server and before the first effect. */
export function useNow(ticking: boolean, everyMs = 1_000): number | null {
  const [nowMs, setNow] = useState<number | null>(null);
  useEffect(() => {
    setNow(Date.now());
    if (!ticking) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [ticking, everyMs]);
  return nowMs;
}
