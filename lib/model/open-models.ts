import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { DeputyError } from "#/lib/errors.ts";
import { askModels, ModelBreakers } from "#/lib/model/ask-models.ts";
import { callModel } from "#/lib/model/call-model.ts";
import type { CallFacts } from "#/lib/model/model-errors.ts";
import type { Generated, ModelPart, ModelRequest, ModelSwitch, Models } from "#/lib/model/models.ts";
import { OfflineModel, offlineName } from "#/lib/model/offline/offline-model.ts";
import { type ModelSettings, modelNames } from "#/lib/model/tiers.ts";
import { startWatchdog, type Watchdog } from "#/lib/model/watchdog.ts";
import { watchedFetch } from "#/lib/model/watched-fetch.ts";
import type { Tier } from "#/lib/protocol/agent.ts";

const openAIUrl = "https://api.openai.com/v1";

/**
 * The models that the settings name: OpenAI with a key alone, any compatible server with OPENAI_BASE_URL (the key is
 * optional there), the offline model with neither. Opens no connection. Throws `settings` when they cannot be used.
 */
export function openModels(settings: ModelSettings): Models {
  if (!settings.apiKey && !settings.baseUrl) {
    return modelsOf({ offline: true, settings, fallback: [], nameOf: () => offlineName, open: openOffline });
  }
  const baseUrl = checkedUrl(settings.baseUrl ?? openAIUrl);
  const isOpenAI = new URL(baseUrl).hostname === "api.openai.com";
  const names = modelNames(settings, isOpenAI);
  const api = settings.api ?? (isOpenAI ? "responses" : "chat");
  return modelsOf({
    offline: false,
    settings,
    fallback: settings.fallback,
    nameOf: (tier) => names[tier],
    open: (named, watchdog) => openServer({ ...named, baseUrl, apiKey: settings.apiKey }, api, watchdog),
  });
}

type Named = Pick<CallFacts, "name" | "setting">;
type Opened = { readonly model: LanguageModelV4; readonly facts: CallFacts };

type Choice = {
  readonly offline: boolean;
  readonly settings: ModelSettings;
  readonly fallback: readonly string[];
  nameOf(tier: Tier): string;
  open(named: Named, watchdog: Watchdog): Opened;
};

function modelsOf({ offline, settings, fallback, nameOf, open }: Choice): Models {
  const breakers = new ModelBreakers(settings.breaker);
  const call = (name: string, setting: string, request: ModelRequest) => {
    const watchdog = startWatchdog(name, settings);
    return callModel({ ...open({ name, setting }, watchdog), watchdog, request });
  };
  const stream = (request: ModelRequest) => {
    const own = nameOf(request.tier);
    return askModels({
      chain: [own, ...new Set(fallback.filter((name) => name !== own))],
      breakers,
      signal: request.signal,
      ask: (name) => call(name, name === own ? tierSetting(request.tier) : "DEPUTY_MODEL_FALLBACK", request),
    });
  };
  return { offline, nameOf, stream, generate: (request) => collect(stream(request)) };
}

const tierSetting = (tier: Tier) => `DEPUTY_MODEL_${tier.toUpperCase()}`;

/** The whole answer. It streams, too, because only a stream shows that a model is still alive. */
async function collect(parts: AsyncIterable<ModelPart>): Promise<Generated> {
  const switched: ModelSwitch[] = [];
  let text = "";
  for await (const part of parts) {
    switch (part.type) {
      case "switched":
        switched.push({ from: part.from, to: part.to, reason: part.reason });
        break;
      case "text":
        text += part.text;
        break;
      case "finish":
        return { text, usage: part.usage, ...(switched.length > 0 && { switched }) };
    }
  }
  throw new DeputyError("model-unavailable", "The model's answer ended without a finish.", { retryable: true });
}

function openOffline(named: Named): Opened {
  return { model: new OfflineModel(), facts: { ...named, baseUrl: "offline:", apiKey: undefined } };
}

/** A provider per call: making one costs next to nothing, and its fetch reports to this call's watchdog. */
function openServer(facts: CallFacts, api: "chat" | "responses", watchdog: Watchdog): Opened {
  const provider = createOpenAI({
    baseURL: facts.baseUrl,
    apiKey: facts.apiKey || "none",
    fetch: watchedFetch(facts, watchdog.alive),
  });
  return { facts, model: api === "chat" ? provider.chat(facts.name) : provider.responses(facts.name) };
}

function checkedUrl(given: string): string {
  const url = URL.parse(given.trim());
  if (url && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, "");
  throw new DeputyError(
    "settings",
    `OPENAI_BASE_URL is "${given}", which is no http or https address. Example: http://127.0.0.1:11434/v1`,
  );
}
