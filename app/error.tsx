"use client";

/** Shown in place of a page that could not be rendered, most often because the database does not answer. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="flex min-h-dvh flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-lg font-semibold">This page could not be shown.</h1>
      <p className="max-w-sm text-sm leading-relaxed text-muted">
        Nothing is lost: runs go on without the page. Try again; if it stays like this, <code>deputy doctor</code> says
        what is missing.
        {error.digest !== undefined && <span className="mt-2 block font-mono text-xs">{error.digest}</span>}
      </p>
      <button
        type="button"
        onClick={reset}
        className="mt-2 rounded-lg border bg-card px-4 py-2 text-sm font-medium hover:border-border-strong"
      >
        Try again
      </button>
    </main>
  );
}
