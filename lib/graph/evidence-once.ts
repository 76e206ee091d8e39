import type { Evidence, TaskResult } from "#/lib/protocol/result.ts";

/** Evidence that the results of votes and aggregations keep, as JSON. */
const maxEvidenceBytes = 400_000;

/** The evidence of several results in order, each quote of a source once, and how many pieces were too many. */
export function evidenceOnce(results: readonly (TaskResult | undefined)[]): { evidence: Evidence[]; left: number } {
  const all = new Map<string, Evidence>();
  for (const piece of results.flatMap((result) => result?.evidence ?? [])) {
    const key = quoteOf(piece);
    if (!all.has(key)) all.set(key, piece);
  }
  let bytes = 0;
  const evidence = [...all.values()].filter((piece) => {
    const size = new TextEncoder().encode(JSON.stringify(piece)).length;
    if (bytes + size > maxEvidenceBytes) return false;
    bytes += size;
    return true;
  });
  return { evidence, left: all.size - evidence.length };
}

/** How many pieces there are when each quote of a source counts once. */
export function countEvidence(evidence: readonly Evidence[]): number {
  return new Set(evidence.map(quoteOf)).size;
}

/** Says how many pieces of evidence were too many; nothing when none was. */
export function leftOut(pieces: number): string[] {
  return pieces === 0
    ? []
    : [
        `Evidence was left out because it is too long: ${pieces} of the pieces stand in the results of the tasks alone.`,
      ];
}

function quoteOf({ source, quote }: Evidence): string {
  return `${source.url} ${quote}`;
}
