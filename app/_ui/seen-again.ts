"use client";

/** Calls `listener` when the person comes back to this page, or the network does; returns how to stop. */
export function onSeenAgain(listener: () => void): () => void {
  const tell = () => {
    if (isSeen()) listener();
  };
  const sources: [EventTarget, string][] = [
    [document, "visibilitychange"],
    [window, "focus"],
    [window, "online"],
  ];
  for (const [target, type] of sources) target.addEventListener(type, tell);
  return () => {
    for (const [target, type] of sources) target.removeEventListener(type, tell);
  };
}

export function isSeen(): boolean {
  return document.visibilityState === "visible";
}
