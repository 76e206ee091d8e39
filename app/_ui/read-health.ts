"use client";

import type { Health } from "#/app/_ui/service-trouble.ts";

/** What GET /api/health says; null when the server itself cannot be reached. */
export async function readHealth(): Promise<Health | null> {
  try {
    const answer: unknown = await (await fetch("/api/health")).json();
    return isHealth(answer) ? answer : null;
  } catch {
    return null;
  }
}

function isHealth(answer: unknown): answer is Health {
  return typeof answer === "object" && answer !== null && "redis" in answer && "postgres" in answer;
}
