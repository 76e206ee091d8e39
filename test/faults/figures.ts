/** Measurements of one kind, in milliseconds, and what they come to. */
export type Figures = {
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

export function figuresOf(milliseconds: readonly number[]): Figures {
  const sorted = [...milliseconds].sort((left, right) => left - right);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function inWords(label: string, { n, p50, p99, max }: Figures): string {
  return n === 0 ? `${label}: not measured` : `${label}: p50 ${p50} p99 ${p99} max ${max} ms (${n})`;
}
