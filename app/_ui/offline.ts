import { cookies } from "next/headers";
import { context } from "#/app/context.ts";

/** True when the rule-based stand-in answers because no model is configured, and the person has not been told yet. */
export async function mustTellOffline(): Promise<boolean> {
  const jar = await cookies();
  return context().env.offline && jar.get("deputy-model-notice")?.value !== "dismissed";
}
