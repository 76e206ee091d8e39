/** Blanks are space, tab and no-break space; no other white space is one. */
export function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t" || character === "\u00a0";
}

export function trimStart(text: string): string {
  let from = 0;
  while (from < text.length && isBlank(text[from])) from += 1;
  return text.slice(from);
}

export function trimEnd(text: string): string {
  let to = text.length;
  while (to > 0 && isBlank(text[to - 1])) to -= 1;
  return text.slice(0, to);
}

export function trim(text: string): string {
  return trimStart(trimEnd(text));
}

/** Without blank lines and blanks at both ends. */
export function trimLines(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && (text[from] === "\n" || isBlank(text[from]))) from += 1;
  while (to > from && (text[to - 1] === "\n" || isBlank(text[to - 1]))) to -= 1;
  return text.slice(from, to);
}

/** Capitals of ASCII letters alone: by Unicode's rules the dotless i and the long s would become I and S. */
export function upper(text: string): string {
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : text;
}

export function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Category Cc but newline and tab. */
export function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}--[\n\t]]/v.test(text);
}

/** What a message quotes of a text that may be long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
