import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import { sleep } from "#/lib/clock.ts";
import { readPrompt } from "#/lib/model/offline/read-prompt.ts";
import { type Reply, replyTo } from "#/lib/model/offline/reply.ts";

export const offlineName = "offline";

/** UTF-16 units a delta and the pause behind it: about as fast as a quick model. What nobody watches comes in large pieces. */
const spokenUnits = 16;
const dataUnits = 2_000;
const pauseMs = 10;

/**
 * The rule-based stand-in for a model: it reads the same prompts and answers them by rules, the same prompt always
 * alike. It knows no facts: what it says about the world stands in the results that the prompt holds.
 */
export class OfflineModel implements LanguageModelV4 {
  readonly specificationVersion = "v4" as const;
  readonly provider = "offline";
  readonly modelId = offlineName;
  readonly supportedUrls = {};

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { text } = replyTo(readPrompt(options.prompt));
    return { content: [{ type: "text", text }], finishReason: { unified: "stop", raw: "stop" }, usage, warnings: [] };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const parts = partsOf(replyTo(readPrompt(options.prompt)), options.abortSignal);
    return { stream: streamOf(parts) };
  }
}

function streamOf(parts: AsyncGenerator<LanguageModelV4StreamPart>): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream({
    async pull(controller) {
      const next = await parts.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}

/** Rules count no tokens. */
const usage: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

async function* partsOf(reply: Reply, signal: AbortSignal | undefined): AsyncGenerator<LanguageModelV4StreamPart> {
  const units = reply.spoken ? spokenUnits : dataUnits;
  yield { type: "stream-start", warnings: [] };
  yield { type: "text-start", id: "0" };
  for (let at = 0; at < reply.text.length; at += units) {
    signal?.throwIfAborted();
    yield { type: "text-delta", id: "0", delta: reply.text.slice(at, at + units) };
    await sleep(pauseMs, signal);
  }
  signal?.throwIfAborted();
  yield { type: "text-end", id: "0" };
  yield { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage };
}
