import { mainPrompt } from "#/agents/main/prompt.ts";
import type { PromptMessage } from "#/lib/model/models.ts";
import type { Tier } from "#/lib/protocol/agent.ts";
import type { TurnInput } from "#/lib/protocol/turn.ts";

export type TurnRequest = {
  readonly tier: Tier;
  readonly instructions: string;
  readonly messages: readonly PromptMessage[];
};

/** What the main agent asks its model on one turn; lib/run/advance-run.ts streams, parses and gates the reply. */
export function turnRequest(input: TurnInput): TurnRequest {
  return { tier: "standard", ...mainPrompt(input) };
}
