import { generateText } from "ai";
import { expect, it } from "vitest";
import { turnRequest } from "#/agents/main/agent.ts";
import { OfflineModel } from "#/lib/model/offline/offline-model.ts";
import { offlineModels, offlineTurn } from "#/test/support/offline.ts";
import { turnInput } from "#/test/support/turn-input.ts";

const request = (signal: AbortSignal) => ({ ...turnRequest(turnInput({ message: "What can you do?" })), signal });

it("streams in small pieces, so that a person sees it write", async () => {
  const pieces: string[] = [];
  for await (const part of offlineModels().stream(request(new AbortController().signal))) {
    if (part.type === "text") pieces.push(part.text);
  }
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(20);
});

it("ends with one finish that costs nothing and invents no count", async () => {
  const parts = [];
  for await (const part of offlineModels().stream(request(new AbortController().signal))) parts.push(part);
  expect(parts.at(-1)).toMatchObject({
    type: "finish",
    finish: "stop",
    usage: { model: "offline", inputTokens: null, outputTokens: null, costUsd: 0 },
  });
});

it("stops in the middle when it is told to, with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  let pieces = 0;
  const run = (async () => {
    for await (const part of offlineModels().stream(request(controller.signal))) {
      pieces += part.type === "text" ? 1 : 0;
      if (pieces === 3) controller.abort(reason);
    }
  })();
  await expect(run).rejects.toBe(reason);
  expect(pieces).toBeLessThan(6);
});

it("answers the same prompt always alike", async () => {
  const message = "Compare A and B, then write a plan for C";
  expect(await offlineTurn({ message, nonce: "one" })).toBe(await offlineTurn({ message, nonce: "two" }));
});

it("answers without streaming, too, and says of a prompt that it does not know that it does not", async () => {
  const { text } = await generateText({ model: new OfflineModel(), prompt: "Write a poem" });
  expect(text).toContain("offline model");
});
