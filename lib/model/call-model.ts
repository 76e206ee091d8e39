import type {
  LanguageModelV4,
  LanguageModelV4FinishReason,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { ticks } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { brokenOff, type CallFacts, filtered, modelError } from "#/lib/model/model-errors.ts";
import type { AnswerPart, ModelRequest, ModelUsage } from "#/lib/model/models.ts";
import { costOf } from "#/lib/model/prices.ts";
import type { Watchdog } from "#/lib/model/watchdog.ts";

export type ModelCall = {
  readonly model: LanguageModelV4;
  readonly facts: CallFacts;
  readonly watchdog: Watchdog;
  readonly request: ModelRequest;
};

/** One for all: a reason that is made for each call costs its stack. */
const callOver = new DeputyError("call-over", "The call of the model is over.");

/**
 * One call of one model as `Models.stream` promises it. Leaving the loop early ends the call. The provider's stream is
 * read as it is: the AI SDK's `streamText` around it costs five times as much for each delta.
 */
export async function* callModel(call: ModelCall): AsyncGenerator<AnswerPart> {
  const left = new AbortController();
  try {
    yield* partsOf(call, left.signal);
  } catch (thrown) {
    if (call.request.signal.aborted) throw call.request.signal.reason;
    if (call.watchdog.signal.aborted) throw call.watchdog.signal.reason;
    throw modelError(thrown, call.facts);
  } finally {
    call.watchdog.stop();
    left.abort(callOver);
  }
}

async function* partsOf(call: ModelCall, left: AbortSignal): AsyncGenerator<AnswerPart> {
  const { watchdog, facts } = call;
  const startedAt = ticks();
  let spoken = false;
  for await (const part of await start(call, left)) {
    switch (part.type) {
      case "text-delta":
        if (part.delta === "") break;
        spoken = true;
        watchdog.text();
        yield { type: "text", text: part.delta };
        watchdog.resume();
        break;
      case "reasoning-start":
      case "reasoning-delta":
      case "ping":
        watchdog.alive();
        break;
      case "error":
        throw part.error;
      case "finish":
        yield {
          type: "finish",
          finish: finishOf(part.finishReason, spoken, facts),
          usage: usageOf(call, part.usage, startedAt),
        };
        return;
    }
  }
  throw brokenOff(facts);
}

async function start(call: ModelCall, left: AbortSignal): Promise<ReadableStream<LanguageModelV4StreamPart>> {
  const { model, watchdog, request } = call;
  request.signal.throwIfAborted();
  const { stream } = await model.doStream({
    prompt: promptOf(request),
    abortSignal: AbortSignal.any([request.signal, watchdog.signal, left]),
    // Responses are kept by OpenAI unless told otherwise; other providers ignore this.
    providerOptions: { openai: { store: false } },
  });
  return stream;
}

function promptOf({ instructions, messages }: ModelRequest): LanguageModelV4Prompt {
  return [
    { role: "system", content: instructions },
    ...messages.map(({ role, content }) => ({ role, content: [{ type: "text" as const, text: content }] })),
  ];
}

function finishOf({ unified }: LanguageModelV4FinishReason, spoken: boolean, facts: CallFacts): "stop" | "length" {
  if (unified === "length") return "length";
  if (unified === "interrupted" || unified === "error") throw brokenOff(facts);
  if (unified === "content-filter" && !spoken) throw filtered(facts);
  return "stop";
}

/** Rules cost nothing; whether a server of one's own does is not known. */
const isFree = (facts: CallFacts) => facts.baseUrl === "offline:";

function usageOf(call: ModelCall, usage: LanguageModelV4Usage, startedAt: number): ModelUsage {
  const inputTokens = usage.inputTokens.total ?? null;
  const outputTokens = usage.outputTokens.total ?? null;
  const cached = usage.inputTokens.cacheRead ?? 0;
  return {
    model: call.facts.name,
    tier: call.request.tier,
    inputTokens,
    outputTokens,
    costUsd: isFree(call.facts) ? 0 : costOf(call.facts.name, { input: inputTokens, cached, output: outputTokens }),
    milliseconds: Math.round(ticks() - startedAt),
  };
}
