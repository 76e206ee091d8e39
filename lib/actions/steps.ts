import { trimLines } from "#/lib/actions/characters.ts";
import type { FieldLine } from "#/lib/actions/fields.ts";

/**
 * The steps of a plan, without their markers: `1.`, `1)`, `-`, `*` or `+` at the start of a line begins one, every other line
 * goes on with the step above. Null when there is none, one is empty, or text stands before the first.
 */
export function readSteps(lines: readonly FieldLine[]): string[] | null {
  const steps: string[][] = [];
  for (const { text, isFenced } of lines) {
    const marker = isFenced ? undefined : /^(?:[0-9]{1,9}[.)]|[-*+])(?:[ \t\u00a0]|$)/.exec(text)?.[0];
    if (marker !== undefined) steps.push([text.slice(marker.length)]);
    else if (steps.length > 0) steps.at(-1)?.push(text);
    else if (trimLines(text) !== "") return null;
  }
  const texts = steps.map((step) => trimLines(step.join("\n")));
  return texts.length === 0 || texts.includes("") ? null : texts;
}
