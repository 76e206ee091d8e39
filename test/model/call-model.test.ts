import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { expect, it } from "vitest";
import { callModel } from "#/lib/model/call-model.ts";
import { startWatchdog } from "#/lib/model/watchdog.ts";

const facts = { name: "m", setting: "DEPUTY_MODEL_FAST", baseUrl: "http://127.0.0.1:1/v1", apiKey: undefined };

/** A call of a model whose stream holds exactly these parts. */
function callOf(parts: readonly LanguageModelV4StreamPart[]) {
  const asked: LanguageModelV4CallOptions[] = [];
  const model: LanguageModelV4 = {
    specificationVersion: "v4",
    provider: "test",
    modelId: "m",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not asked to stream")),
    doStream: async (options) => {
      asked.push(options);
      return { stream: streamOf(parts) };
    },
  };
  const watchdog = startWatchdog("m", { firstTokenMs: 5_000, stallMs: 5_000 });
  const messages = [{ role: "user" as const, content: "Hi" }];
  const request = { tier: "fast" as const, instructions: "Be brief.", messages, signal: new AbortController().signal };
  return { asked, parts: callModel({ model, facts, watchdog, request }) };
}

function streamOf(parts: readonly LanguageModelV4StreamPart[]): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

const text = (delta: string): LanguageModelV4StreamPart => ({ type: "text-delta", id: "0", delta });

it("hands the provider the prompt in its own form", async () => {
  const { asked, parts } = callOf([text("a")]);
  await parts.next();
  await parts.return(undefined);
  expect(asked[0]?.prompt).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: [{ type: "text", text: "Hi" }] },
  ]);
  expect(asked[0]?.abortSignal?.aborted).toBe(true);
});

it("does not take a stream that only ends for a whole answer", async () => {
  const { parts } = callOf([text("a"), text(""), text("b")]);
  expect((await parts.next()).value).toEqual({ type: "text", text: "a" });
  expect((await parts.next()).value).toEqual({ type: "text", text: "b" });
  await expect(parts.next()).rejects.toMatchObject({ code: "model-unavailable", retryable: true });
});

it("gives the words of an error frame of any form", async () => {
  for (const error of ["no memory", { message: "no memory" }, { error: { message: "no memory" } }]) {
    const { parts } = callOf([{ type: "error", error }]);
    await expect(parts.next()).rejects.toMatchObject({
      code: "model-unavailable",
      message: "The model server at http://127.0.0.1:1/v1 reported an error: no memory.",
    });
  }
});
