import type { Env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";
import { type Tier, tiers } from "#/lib/protocol/agent.ts";

export type ModelSettings = Env["model"];
export type ModelNames = Readonly<Record<Tier, string>>;

/** OpenAI's four sizes, cheapest first. DEPUTY_MODEL_FAST, _STANDARD, _LARGE and _EXPERT replace them one by one. */
const openAINames: ModelNames = {
  fast: "gpt-6-luna",
  standard: "gpt-6.1-terra",
  large: "gpt-6.1-sol",
  expert: "gpt-6-astra",
};

/** The tier for work of this complexity, 1 to 10. */
export function tierFor(complexity: number): Tier {
  if (complexity <= 3) return "fast";
  if (complexity <= 5) return "standard";
  return complexity <= 7 ? "large" : "expert";
}

/**
 * The name of each tier's model. OpenAI has defaults; any other server only knows its own models, so there the nearest
 * tier that is set serves those that are not. Throws `settings` when such a server is given and no model is named.
 */
export function modelNames(settings: ModelSettings, isOpenAI: boolean): ModelNames {
  return {
    fast: nameOf("fast", settings, isOpenAI),
    standard: nameOf("standard", settings, isOpenAI),
    large: nameOf("large", settings, isOpenAI),
    expert: nameOf("expert", settings, isOpenAI),
  };
}

function nameOf(tier: Tier, settings: ModelSettings, isOpenAI: boolean): string {
  const name = settings[tier] ?? (isOpenAI ? openAINames[tier] : nearestName(tier, settings));
  if (name !== undefined) return name;
  throw new DeputyError(
    "settings",
    "OPENAI_BASE_URL is set but no model is named. Set DEPUTY_MODEL_STANDARD to a model that this server offers; it is used for every tier that has no name of its own.",
  );
}

/** The nearest tier with a name, the smaller one of two that are equally near. */
function nearestName(tier: Tier, settings: ModelSettings): string | undefined {
  const distance = (other: Tier) => Math.abs(tiers.indexOf(other) - tiers.indexOf(tier));
  return tiers
    .toSorted((a, b) => distance(a) - distance(b))
    .map((other) => settings[other])
    .find((name) => name !== undefined);
}
