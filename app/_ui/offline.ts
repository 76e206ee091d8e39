import { context } from "#/app/context.ts";

/** True when no model is configured, so that the rule-based stand-in answers. Read on the server, at each request. */
export function isOffline(): boolean {
  const { apiKey, baseUrl } = context().env.model;
  return apiKey === undefined && baseUrl === undefined;
}
