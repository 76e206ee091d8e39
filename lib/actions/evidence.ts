import type { Evidence, NumberedEvidence } from "#/lib/protocol/result.ts";

/**
 * Numbers the evidence of a run: results in the order in which they settled, each with its evidence in its own order.
 * The same quote of the same source has one number wherever it stands. Numbers begin at 1, and a result that settles
 * later never changes those given before.
 */
export class EvidenceNumbers {
  readonly #numbers = new Map<string, number>();

  /** The evidence of the result that settled next. */
  next(result: { readonly evidence: readonly Evidence[] }): readonly NumberedEvidence[] {
    return result.evidence.map((evidence) => ({ ...evidence, n: this.#numberOf(evidence) }));
  }

  #numberOf(evidence: Evidence): number {
    const key = JSON.stringify([evidence.source.url, evidence.quote]);
    const n = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, n);
    return n;
  }
}

/** The same of all results at once. */
export function numberEvidence(
  results: readonly { readonly evidence: readonly Evidence[] }[],
): readonly (readonly NumberedEvidence[])[] {
  const numbers = new EvidenceNumbers();
  return results.map((result) => numbers.next(result));
}
