import type { DeputyMessage } from "#/lib/chat/parts.ts";

/**
 * What to show of `next` after `shown` while a run is told again. A stream that is joined again builds its message anew from the first part; until
 * it has caught up the fuller version stays on screen, so that a lost connection never makes the page jump.
 */
export function steady(shown: readonly DeputyMessage[], next: readonly DeputyMessage[]): readonly DeputyMessage[] {
  const before = shown.at(-1);
  const after = next.at(-1);
  if (before === undefined || after === undefined || before.id !== after.id || shown.length !== next.length)
    return next;
  return isBehind(after, before) ? [...next.slice(0, -1), before] : next;
}

function isBehind(message: DeputyMessage, other: DeputyMessage): boolean {
  if (message.parts.length !== other.parts.length) return message.parts.length < other.parts.length;
  return proseLength(message) < proseLength(other);
}

function proseLength(message: DeputyMessage): number {
  return message.parts.reduce((sum, part) => sum + ("text" in part ? part.text.length : 0), 0);
}
