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

/** One model was asked in place of another, whose breaker is open or which failed just now; `reason` is for people. */
export type ModelSwitch = { readonly from: string; readonly to: string; readonly reason: string };

/** What one model says: text as it comes, then exactly one `finish`. `length`: the output was cut by the model's limit. */
export type AnswerPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "finish"; readonly finish: "stop" | "length"; readonly usage: ModelUsage };

/**
 * What a call yields: a `switched` for each stand-in that is asked, all of them before the first text; then what the
 * model that answers says. Reasoning is counted, never yielded: it must not be parsed for actions.
 */
export type ModelPart = AnswerPart | ({ readonly type: "switched" } & ModelSwitch);

/**
 * The models that this process may call.
 *
 * Both calls throw a DeputyError: `model-unavailable` (network, 5xx, 429; retryable, with `retryAfterMs` where the
 * server sent Retry-After, at most 60 s), `model-stalled` (no sign of life within the first-token limit, or behind the
 * first text none within the stall limit; retryable), `model-refused` (401, 403, 400, 404, ...: the message says what the
 * server said and which setting to look at; not retryable). When the signal aborts, both throw the signal's reason.
 *
 * Each model has a circuit breaker, which counts what is retryable. While the one of the tier's model is open, the models of
 * the fallback chain are asked in order; none is asked any more once text was yielded. When nobody is left to ask, both
 * throw what befell the tier's model (`model-left-alone` when nobody was asked), with the time until a breaker lets
 * somebody try as `retryAfterMs`.
 * There is no retry inside: attempts are counted by the task that calls.
 */
export interface Models {
  /** True when no model is configured and the rule-based stand-in answers. */
  readonly offline: boolean;
  nameOf(tier: Tier): string;
  stream(request: ModelRequest): AsyncIterable<ModelPart>;
  /** `switched` is absent when the tier's own model answered. */
  generate(request: ModelRequest): Promise<Generated>;
}

export type Generated = {
  readonly text: string;
  readonly usage: ModelUsage;
  readonly switched?: readonly ModelSwitch[];
};
