import type { LanguageModelV4 } from "@ai-sdk/provider";
import { type FinishReason, type LanguageModelUsage, streamText } from "ai";
import { ticks } from "#/lib/clock.ts";
import { brokenOff, type CallFacts, filtered, modelError } from "#/lib/model/model-errors.ts";
import type { ModelPart, ModelRequest, ModelUsage } from "#/lib/model/models.ts";
import { costOf } from "#/lib/model/prices.ts";
import type { Watchdog } from "#/lib/model/watchdog.ts";

export type ModelCall = {
  readonly model: LanguageModelV4;
  readonly facts: CallFacts;
  readonly watchdog: Watchdog;
  readonly request: ModelRequest;
};

/** One call of a model as `Models.stream` promises it. Leaving the loop early ends the call. */
export async function* callModel(call: ModelCall): AsyncGenerator<ModelPart> {
  const left = new AbortController();
  const startedAt = ticks();
  try {
    yield* partsOf(call, left.signal, startedAt);
  } catch (thrown) {
    if (call.request.signal.aborted) throw call.request.signal.reason;
    if (call.watchdog.signal.aborted) throw call.watchdog.signal.reason;
    throw modelError(thrown, call.facts);
  } finally {
    call.watchdog.stop();
    left.abort();
  }
}

async function* partsOf(call: ModelCall, left: AbortSignal, startedAt: number): AsyncGenerator<ModelPart> {
  let spoken = false;
  for await (const part of start(call, left).stream) {
    switch (part.type) {
      case "text-delta":
        if (part.text === "") break;
        call.watchdog.text();
        spoken = true;
        yield { type: "text", text: part.text };
        break;
      case "reasoning-start":
      case "reasoning-delta":
        call.watchdog.alive();
        break;
      case "error":
        throw part.error;
      case "abort":
        throw new Error("aborted");
      case "finish":
        yield {
          type: "finish",
          finish: finishOf(part.finishReason, spoken, call.facts),
          usage: usageOf(call, part.totalUsage, startedAt),
        };
    }
  }
}

function start({ model, watchdog, request }: ModelCall, left: AbortSignal) {
  request.signal.throwIfAborted();
  return streamText({
    model,
    instructions: request.instructions,
    messages: [...request.messages],
    maxRetries: 0,
    abortSignal: AbortSignal.any([request.signal, watchdog.signal, left]),
    // Responses are kept by OpenAI unless told otherwise; other providers ignore this.
    providerOptions: { openai: { store: false } },
    onError: () => {},
  });
}

function finishOf(reason: FinishReason, spoken: boolean, facts: CallFacts): "stop" | "length" {
  if (reason === "length") return "length";
  if (reason === "interrupted" || reason === "error") throw brokenOff(facts);
  if (reason === "content-filter" && !spoken) throw filtered(facts);
  return "stop";
}

/** Rules cost nothing; whether a server of one's own does is not known. */
const isFree = (facts: CallFacts) => facts.baseUrl === "offline:";

function usageOf(call: ModelCall, usage: LanguageModelUsage, startedAt: number): ModelUsage {
  const inputTokens = usage.inputTokens ?? null;
  const outputTokens = usage.outputTokens ?? null;
  const cached = usage.inputTokenDetails.cacheReadTokens ?? 0;
  return {
    model: call.facts.name,
    tier: call.request.tier,
    inputTokens,
    outputTokens,
    costUsd: isFree(call.facts) ? 0 : costOf(call.facts.name, { input: inputTokens, cached, output: outputTokens }),
    milliseconds: Math.round(ticks() - startedAt),
  };
}
