import { endOfString, propertiesOf } from "#/lib/documents/properties.ts";

/**
 * Markdown without what is not prose in it: the tags of components (`<Note>`, `</Tab>`, `<Image ... />`, over several
 * lines, too), JSX comments and, in MDX, import and export statements. What stands between two tags is kept; a table of
 * properties (objects with `name` and `description`) becomes text. Fenced code is left alone. Linear in its input.
 */
export function withoutComponents(source: string, options: { mdx: boolean }): string {
  const kept: string[] = [];
  let fence: string | null = null;
  let unclosed = 0;
  for (let at = 0; at < source.length; ) {
    const line = lineAt(source, at);
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = null;
    } else if (mark !== undefined) {
      fence = mark;
    } else if (options.mdx && /^(import|export)\s/.test(line)) {
      at = endOfStatement(source, at);
      continue;
    } else if (unclosed < MAX_UNCLOSED && startsComponent(line)) {
      const read = readComponents(source, at);
      if (read !== null) {
        kept.push(read.text);
        at = read.end;
        continue;
      }
      unclosed++;
    }
    kept.push(line);
    at += line.length;
  }
  return kept.join("");
}

/** So many tags without an end, and the rest of the document is taken as it stands: each cost a look at all of it. */
const MAX_UNCLOSED = 3;

/** The line with its end. */
function lineAt(source: string, at: number): string {
  const end = source.indexOf("\n", at);
  return source.slice(at, end === -1 ? source.length : end + 1);
}

function endOfStatement(source: string, at: number): number {
  const blank = /\n[ \t]*\n/g;
  blank.lastIndex = at;
  const found = blank.exec(source);
  return found === null ? source.length : found.index + 1;
}

function startsComponent(line: string): boolean {
  return /^\s*(<\/?[A-Z][\w.]*[\s>/]|<\/?[A-Z][\w.]*$|<\/?>|\{\/\*)/.test(line);
}

/** The rest of a line that begins with a tag, without its tags; null when a tag does not end. */
function readComponents(source: string, start: number): { text: string; end: number } | null {
  let text = "";
  let at = start;
  while (at < source.length && source[at] !== "\n") {
    if (!startsTag(source, at)) {
      text += source[at++];
      continue;
    }
    const end = endOfTag(source, at);
    if (end === null) return null;
    text += propertiesOf(source.slice(at, end));
    at = end;
  }
  return { text: `${text.trim() === "" ? "" : text}\n`, end: at + 1 };
}

/** `Array<String>` is no tag. */
function startsTag(source: string, at: number): boolean {
  const joined = /[\w`]/.test(source[at - 1] ?? "");
  return !joined && /^(<\/?[A-Z>]|<\/|\{\/\*)/.test(source.slice(at, at + 3));
}

/** Where a tag or a JSX comment ends: strings and braces inside of it do not end it. */
function endOfTag(source: string, start: number): number | null {
  if (source[start] === "{") return after(source, "*/}", start);
  let depth = 0;
  for (let at = start + 1; at < source.length; at++) {
    const character = source[at];
    if (character === '"' || character === "'" || character === "`") {
      const end = endOfString(source, at);
      if (end === null) return null;
      at = end;
    } else if (character === "{") depth++;
    else if (character === "}") depth--;
    else if (character === ">" && depth <= 0) return at + 1;
  }
  return null;
}

function after(source: string, needle: string, from: number): number | null {
  const found = source.indexOf(needle, from);
  return found === -1 ? null : found + needle.length;
}
