import { generateText } from "ai";
import { turnRequest } from "#/agents/main/agent.ts";
import { OfflineModel } from "#/lib/model/offline/offline-model.ts";
import { openModels } from "#/lib/model/open-models.ts";
import type { TurnInput } from "#/lib/protocol/turn.ts";
import { turnInput } from "#/test/support/turn-input.ts";

/** The offline model behind the same door as every other model. */
export function offlineModels() {
  return openModels({
    apiKey: undefined,
    baseUrl: undefined,
    api: undefined,
    fast: undefined,
    standard: undefined,
    large: undefined,
    expert: undefined,
    firstTokenMs: 5_000,
    stallMs: 5_000,
    fallback: [],
    breaker: { failures: 5, openMs: 60_000 },
  });
}

/** What the offline model writes on a turn of the main agent: the real prompt, without the pauses of a stream. */
export async function offlineTurn(differing: Partial<TurnInput>): Promise<string> {
  const { instructions, messages } = turnRequest(turnInput(differing));
  const { text } = await generateText({ model: new OfflineModel(), instructions, messages: [...messages] });
  return text;
}
