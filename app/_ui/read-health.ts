"use client";

import type { Health } from "#/app/_ui/service-trouble.ts";

/** It answers within about 3 s. */
const ANSWER_WITHIN_MS = 10_000;

/** What GET /api/health says; null when the server itself cannot be reached, or does not answer. */
export async function readHealth(): Promise<Health | null> {
  try {
    const answer: unknown = await (
      await fetch("/api/health", { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    ).json();
    return isHealth(answer) ? answer : null;
  } catch {
    return null;
  }
}

function isHealth(answer: unknown): answer is Health {
  return typeof answer === "object" && answer !== null && "redis" in answer && "postgres" in answer;
}
