import { createOpenAI } from "@ai-sdk/openai";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { DeputyError } from "#/lib/errors.ts";
import { callModel } from "#/lib/model/call-model.ts";
import type { CallFacts } from "#/lib/model/model-errors.ts";
import type { ModelPart, ModelRequest, Models } from "#/lib/model/models.ts";
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
  if (!settings.apiKey && !settings.baseUrl) return modelsOf(true, settings, () => offlineName, openOffline);
  const baseUrl = checkedUrl(settings.baseUrl ?? openAIUrl);
  const isOpenAI = new URL(baseUrl).hostname === "api.openai.com";
  const names = modelNames(settings, isOpenAI);
  const api = settings.api ?? (isOpenAI ? "responses" : "chat");
  return modelsOf(
    false,
    settings,
    (tier) => names[tier],
    (facts, watchdog) => openServer({ ...facts, baseUrl, apiKey: settings.apiKey }, api, watchdog),
  );
}

type Opened = { model: LanguageModelV4; facts: CallFacts };
type Open = (named: { tier: Tier; name: string }, watchdog: Watchdog) => Opened;

function modelsOf(offline: boolean, limits: ModelSettings, nameOf: (tier: Tier) => string, open: Open): Models {
  async function* stream(request: ModelRequest): AsyncGenerator<ModelPart> {
    const name = nameOf(request.tier);
    const watchdog = startWatchdog(name, limits);
    yield* callModel({ ...open({ tier: request.tier, name }, watchdog), watchdog, request });
  }
  return { offline, nameOf, stream, generate: (request) => collect(stream(request)) };
}

/** The whole answer. It streams, too, because only a stream shows that a model is still alive. */
async function collect(parts: AsyncIterable<ModelPart>) {
  let text = "";
  for await (const part of parts) {
    if (part.type === "finish") return { text, usage: part.usage };
    text += part.text;
  }
  throw new DeputyError("model-unavailable", "The model's answer ended without a finish.", { retryable: true });
}

function openOffline(named: { tier: Tier; name: string }): Opened {
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
