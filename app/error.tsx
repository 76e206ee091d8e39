"use client";

import { useEffect } from "react";

const LOOK_EVERY_MS = 3_000;
const RETRY_EVERY_MS = 30_000;

type Props = { error: Error & { digest?: string }; retry: () => void };

/** Shown in place of a page that could not be rendered, most often because the database does not answer. */
export default function PageError({ error, retry }: Props) {
  useRetryWhenHealthy(retry);
  return (
    <main className="flex min-h-dvh flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-lg font-semibold">This page could not be shown.</h1>
      <p className="max-w-sm text-sm leading-relaxed text-muted">
        Nothing is lost: runs go on without the page. It is tried again by itself; if it stays like this,{" "}
        <code>deputy doctor</code> says what is missing.
        {error.digest !== undefined && <span className="mt-2 block font-mono text-xs">{error.digest}</span>}
      </p>
      <button
        type="button"
        onClick={retry}
        className="mt-2 rounded-lg border bg-card px-4 py-2 text-sm font-medium hover:border-border-strong"
      >
        Try again
      </button>
    </main>
  );
}

/** When this page was last tried again by itself although the database had answered all the time. */
let retriedAt = Number.NEGATIVE_INFINITY;

/** A page that fails for another reason than the database's is not asked for again and again. */
function useRetryWhenHealthy(retry: () => void) {
  useEffect(() => {
    let wasAway = false;
    const look = async () => {
      const answers = await databaseAnswers();
      if (answers && (wasAway || performance.now() - retriedAt > RETRY_EVERY_MS)) {
        retriedAt = performance.now();
        retry();
      }
      wasAway = !answers;
    };
    void look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [retry]);
}

async function databaseAnswers(): Promise<boolean> {
  try {
    const health: unknown = await (await fetch("/api/health")).json();
    return typeof health === "object" && health !== null && "postgres" in health && health.postgres === "ok";
  } catch {
    return false;
  }
}
