import { isBlank } from "#/lib/actions/characters.ts";

/** The run of one to three `*` or `_` with which a text begins; empty when there is none, or a longer one. */
export function openingRun(text: string): string {
  const mark = text.charAt(0);
  if (mark !== "*" && mark !== "_") return "";
  const count = countFrom(text, 0);
  return count <= 3 ? mark.repeat(count) : "";
}

/** The text without the balanced emphasis around the whole of it; null when there is none. */
export function unwrap(text: string): string | null {
  const run = openingRun(text);
  const inner = text.slice(run.length, text.length - run.length);
  if (run === "" || inner === "" || !text.endsWith(run)) return null;
  return touches(inner, run) || holdsRun(inner, run) ? null : inner;
}

/** Whether the emphasis would be none in Markdown, or be another: a blank or a further mark stands at its inner side. */
export function touches(inner: string, run: string): boolean {
  const ends = [inner.at(0), inner.at(-1)];
  return ends.some((end) => end === undefined || isBlank(end) || end === run.charAt(0));
}

/** Whether the text holds a run that could close or open the same emphasis: then it is not clear which pairs belong together. */
function holdsRun(text: string, run: string): boolean {
  for (let at = text.indexOf(run); at !== -1; at = text.indexOf(run, at)) {
    const count = countFrom(text, at);
    if (count === run.length && isDelimiter(text, at, count)) return true;
    at += count;
  }
  return false;
}

/** A run between two blanks is no emphasis, and neither is an underscore inside of a word. */
function isDelimiter(text: string, at: number, count: number): boolean {
  const before = text[at - 1];
  const behind = text[at + count];
  if (isBlank(before) && isBlank(behind)) return false;
  return text[at] === "*" || !(isWordCharacter(before) && isWordCharacter(behind));
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

function countFrom(text: string, at: number): number {
  let count = 1;
  while (text[at + count] === text[at]) count += 1;
  return count;
}
