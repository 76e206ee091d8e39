const secondsPerUnit: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600 };
const longestSeconds = 24 * 3_600;

/** `90s`, `5m`, `2h`, or whole seconds, in milliseconds; null for everything else, and beyond 1 second to 24 hours. */
export function readTimeout(written: string | number): number | null {
  const [, digits, unit] = /^([0-9]{1,6})([smh]?)$/.exec(String(written)) ?? [];
  const seconds = Number(digits) * (secondsPerUnit[unit ?? ""] ?? Number.NaN);
  return seconds >= 1 && seconds <= longestSeconds ? seconds * 1_000 : null;
}

/** The same in the largest unit that says it exactly. */
export function writeTimeout(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
