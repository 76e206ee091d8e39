/** US dollars per million tokens, as OpenAI lists them for standard processing (November 2026). */
const prices: Readonly<Record<string, Price>> = {
  "gpt-6-luna": { input: 0.1, cached: 0.005, output: 0.5 },
  "gpt-6.1-terra": { input: 1, cached: 0.05, output: 5 },
  "gpt-6.1-sol": { input: 2, cached: 0.1, output: 10 },
  "gpt-6-sol": { input: 2, cached: 0.1, output: 10 },
  "gpt-6-astra": { input: 10, cached: 0.5, output: 50 },
  "gpt-5.5": { input: 5, cached: 0.5, output: 30 },
  "gpt-5.4": { input: 2.5, cached: 0.25, output: 15 },
  "gpt-5.4-mini": { input: 0.75, cached: 0.075, output: 4.5 },
  "gpt-5.4-nano": { input: 0.2, cached: 0.02, output: 1.25 },
};

type Price = { readonly input: number; readonly cached: number; readonly output: number };

export type TokenCount = {
  readonly input: number | null;
  /** Those of the input tokens that the server read from its cache. */
  readonly cached: number;
  readonly output: number | null;
};

/** What the tokens cost in US dollars; null when the model's price or the count is unknown. */
export function costOf(model: string, tokens: TokenCount): number | null {
  const price = prices[model.replace(/-\d{4}-\d{2}-\d{2}$/, "")];
  if (price === undefined || tokens.input === null || tokens.output === null) return null;
  const fresh = tokens.input - tokens.cached;
  return (fresh * price.input + tokens.cached * price.cached + tokens.output * price.output) / 1_000_000;
}
