const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `40 ms`, `0.4 s`, `12 s`, `2 min 05 s`, `1 h 04 min`; clocks that disagree never give a negative one. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / SECOND);
  if (ms < MINUTE) return `${seconds} s`;
  if (ms < HOUR) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(ms / HOUR)} h ${twoDigits(Math.floor((ms % HOUR) / MINUTE))} min`;
}

/** How long ago, short enough for a list: `now`, `5 min`, `3 h`, `2 d`, then the date. */
export function formatAgo(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at);
  if (ms < MINUTE) return "now";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  if (ms < 7 * DAY) return `${Math.floor(ms / DAY)} d`;
  return at.slice(0, 10);
}

/** Milliseconds from one ISO time to another, or to `nowMs` while there is no other. */
export function between(from: string, to: string | undefined, nowMs: number): number {
  return (to === undefined ? nowMs : Date.parse(to)) - Date.parse(from);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
