import type { LanguageModelV4, LanguageModelV4StreamPart, LanguageModelV4Usage } from "@ai-sdk/provider";

const count = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 };
const usage: LanguageModelV4Usage = { inputTokens: count, outputTokens: { total: 1, text: 1, reasoning: 0 } };

/** A model of the AI SDK that says these deltas as fast as they are read. */
export function mockModel(deltas: Iterable<string>): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "mock",
    modelId: "mock",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("this model only streams")),
    doStream: async () => ({ stream: streamOf(partsOf(deltas)) }),
  };
}

function streamOf(parts: Generator<LanguageModelV4StreamPart>): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream({
    pull(controller) {
      const next = parts.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

function* partsOf(deltas: Iterable<string>): Generator<LanguageModelV4StreamPart> {
  yield { type: "stream-start", warnings: [] };
  yield { type: "text-start", id: "0" };
  for (const delta of deltas) yield { type: "text-delta", id: "0", delta };
  yield { type: "text-end", id: "0" };
  yield { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage };
}
