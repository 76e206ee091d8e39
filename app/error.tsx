"use client";

import { type ReactNode, useEffect, useState } from "react";
import { readHealth } from "#/app/_ui/read-health.ts";

const LOOK_EVERY_MS = 3_000;
const LONGEST_PAUSE_MS = 30_000;

type Props = { error: Error & { digest?: string }; retry: () => void };

/** Shown in place of a page that could not be rendered, most often because the database does not answer. */
export default function PageError({ error, retry }: Props) {
  const isAway = useRetryWhenHealthy(retry);
  return (
    <main className="flex min-h-dvh flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <title>Not available · Deputy</title>
      <h1 className="text-lg font-semibold">This page cannot be shown right now.</h1>
      <div role="status" className="max-w-sm text-sm leading-relaxed text-muted">
        {isAway ? <DatabaseAway /> : <Unknown digest={error.digest} />}
      </div>
      <button
        type="button"
        onClick={retry}
        className="tap mt-2 rounded-lg border bg-card px-4 py-2 text-sm font-medium hover:border-border-strong"
      >
        Try again
      </button>
    </main>
  );
}

function DatabaseAway(): ReactNode {
  return (
    <p>
      The database does not answer. Nothing is lost: the page looks for it by itself every few seconds, and shows as
      soon as it is back. If it stays like this, <Doctor /> says what is missing.
    </p>
  );
}

function Unknown({ digest }: { digest: string | undefined }): ReactNode {
  return (
    <p>
      Nothing is lost: runs go on without the page. It is tried again by itself; if it stays like this, <Doctor /> says
      what is missing.
      {digest !== undefined && <span className="mt-2 block font-mono text-xs">{digest}</span>}
    </p>
  );
}

function Doctor(): ReactNode {
  return <code className="whitespace-nowrap">deputy doctor</code>;
}

/** How often this page was tried again in vain since the database was last seen to be away, and when it was last. */
let retries = 0;
let retriedAt = Number.NEGATIVE_INFINITY;

/** Tries at once when the database is back, and ever more rarely while it was not the reason. True while it is away. */
function useRetryWhenHealthy(retry: () => void): boolean {
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isLeft = false;
    const look = async () => {
      const health = await readHealth();
      if (isLeft) return;
      const answers = health?.postgres === "ok";
      setAway(health !== null && !answers);
      if (!answers) retries = 0;
      if (answers && (retries === 0 || performance.now() - retriedAt > pauseMs())) {
        retries += 1;
        retriedAt = performance.now();
        retry();
      }
      timer = setTimeout(look, LOOK_EVERY_MS);
    };
    void look();
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [retry]);
  return isAway;
}

function pauseMs(): number {
  return Math.min(LONGEST_PAUSE_MS, LOOK_EVERY_MS * 2 ** (retries - 1));
}
