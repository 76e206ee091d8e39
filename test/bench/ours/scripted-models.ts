import type { Env } from "#/lib/env.ts";
import { askModels, ModelBreakers } from "#/lib/model/ask-models.ts";
import { callModel } from "#/lib/model/call-model.ts";
import type { ModelPart, ModelRequest, Models } from "#/lib/model/models.ts";
import { startWatchdog } from "#/lib/model/watchdog.ts";
import { deltasOf } from "#/test/bench/harness/deltas-script.ts";
import { mockModel } from "#/test/bench/harness/mock-model.ts";
import { planText, resultText, verdictText } from "#/test/bench/harness/turn-script.ts";

const name = "scripted";

/**
 * Models that answer at once, each with what the prompt's phase and request call for. Every call passes through the
 * product's own breaker, watchdog and reader of the provider's stream, and costs what they cost.
 */
export function scriptedModels(settings: Env["model"]): Models {
  const breakers = new ModelBreakers(settings.breaker);
  const ask = (request: ModelRequest, answer: Iterable<string>): AsyncIterable<ModelPart> => {
    const watchdog = startWatchdog(name, settings);
    const facts = { name, setting: "", baseUrl: "offline:", apiKey: undefined };
    const call = () => callModel({ model: mockModel(answer), facts, watchdog, request });
    return askModels({ chain: [name], breakers, signal: request.signal, ask: call });
  };
  return {
    offline: false,
    nameOf: () => name,
    stream: (request) => ask(request, answerTo(request)),
    generate: (request) => whole(ask(request, [resultText(request.instructions)])),
  };
}

async function whole(parts: AsyncIterable<ModelPart>): ReturnType<Models["generate"]> {
  let text = "";
  for await (const part of parts) {
    if (part.type === "text") text += part.text;
    if (part.type === "finish") return { text, usage: part.usage };
  }
  throw new Error("the script has no end");
}

function answerTo(request: ModelRequest): Iterable<string> {
  const prompt = request.messages.map(({ content }) => content).join("\n");
  const deltas = deltasOf(prompt);
  if (deltas !== null) return deltas;
  if (prompt.includes("PHASE: VERIFYING")) return [verdictText];
  return prompt.includes("pulse ") ? ["It was watched."] : [planText];
}
