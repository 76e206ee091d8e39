/** What GET /api/health says: each part `ok`, or the reason in words. */
export type Health = { readonly postgres: string; readonly redis: string; readonly workers: string };

/** What a person should know of the server's state; null when everything answers. The gravest trouble alone. */
export function troubleOf({ postgres, redis, workers }: Health): string | null {
  if (postgres !== "ok") return "The database does not answer. Nothing is lost, and this page goes on when it is back.";
  if (workers !== "ok") return "No worker is running. What you ask is kept, and is worked on when one is back.";
  if (redis !== "ok") return "Live updates are delayed: Redis does not answer. Work goes on, more slowly.";
  return null;
}
