import type { Evidence, NumberedEvidence } from "#/lib/protocol/result.ts";

/**
 * Numbers the evidence of a run: results in the order in which they settled, each with its evidence in its own order.
 * The same quote of the same source has one number wherever it stands. Numbers begin at 1, and a result that settles
 * later never changes those given before.
 */
export function numberEvidence(
  results: readonly { readonly evidence: readonly Evidence[] }[],
): readonly (readonly NumberedEvidence[])[] {
  const numbers = new Map<string, number>();
  return results.map((result) => result.evidence.map((evidence) => ({ ...evidence, n: numberOf(evidence, numbers) })));
}

function numberOf(evidence: Evidence, numbers: Map<string, number>): number {
  const key = JSON.stringify([evidence.source.url, evidence.quote]);
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size + 1);
  return numbers.size;
}
