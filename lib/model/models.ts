import type { Tier } from "#/lib/protocol/agent.ts";

/** One message of a prompt. What comes from outside stands inside boundaries that the prompt's builder wrote. */
export type PromptMessage = { readonly role: "user" | "assistant"; readonly content: string };

export type ModelRequest = {
  readonly tier: Tier;
  readonly instructions: string;
  readonly messages: readonly PromptMessage[];
  readonly signal: AbortSignal;
};

export type ModelUsage = {
  readonly model: string;
  readonly tier: Tier;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
  readonly milliseconds: number;
};

/**
 * What a call yields: text as it comes (reasoning is counted, never yielded: it must not be parsed for actions), then
 * exactly one `finish`. `length`: the output was cut by the model's limit.
 */
export type ModelPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "finish"; readonly finish: "stop" | "length"; readonly usage: ModelUsage };

/**
 * The models that this process may call.
 *
 * Both calls throw a DeputyError: `model-unavailable` (network, 5xx, 429; retryable, with `retryAfterMs` where the
 * server sent Retry-After, at most 60 s), `model-stalled` (no sign of life within the first-token limit, or behind the
 * first text none within the stall limit; retryable), `model-refused` (401, 403, 400, 404, ...: the message says what the
 * server said and which setting to look at; not retryable). When the signal aborts, both throw the signal's reason.
 * There is no retry inside: attempts are counted by the task that calls.
 */
export interface Models {
  /** True when no model is configured and the rule-based stand-in answers. */
  readonly offline: boolean;
  nameOf(tier: Tier): string;
  stream(request: ModelRequest): AsyncIterable<ModelPart>;
  generate(request: ModelRequest): Promise<{ text: string; usage: ModelUsage }>;
}
