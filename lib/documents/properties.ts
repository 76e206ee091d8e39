/**
 * The properties that a component lists in its attributes, as Markdown: a line with name and type, a paragraph with the
 * description as it was written. Reference pages written in MDX hold what they describe in such objects only.
 */
export function propertiesOf(tag: string): string {
  if (!/\bname:/.test(tag) || !/\bdescription:/.test(tag)) return "";
  const entries: string[] = [];
  const open: Record<string, string>[] = [];
  for (const token of tokens(tag)) {
    if (token.kind === "open") open.push({});
    else if (token.kind === "close") open.pop();
    else {
      const object = open.at(-1);
      if (object !== undefined) object[token.key] = token.value;
      if (object !== undefined && token.key === "description" && object.name) entries.push(entryOf(object));
    }
  }
  return `\n${entries.join("\n\n")}\n\n`;
}

function entryOf(object: Record<string, string>): string {
  const type = object.type ? `: \`${object.type}\`` : "";
  return `**\`${object.name}\`**${type}\n\n${object.description}`;
}

type Token = { kind: "open" } | { kind: "close" } | { kind: "pair"; key: string; value: string };

/** Braces, and pairs of a key and a string, in order. */
function* tokens(source: string): Generator<Token> {
  let key = "";
  for (let at = 0; at < source.length; at++) {
    const character = source[at] ?? "";
    if (character === "{") yield { kind: "open" };
    else if (character === "}") yield { kind: "close" };
    else if (/["'`]/.test(character)) {
      const end = endOfString(source, at) ?? source.length;
      if (key !== "") yield { kind: "pair", key, value: unescaped(source.slice(at + 1, end)) };
      key = "";
      at = end;
    } else if (/[A-Za-z_]/.test(character)) {
      const word = /^\w+/.exec(source.slice(at, at + 60))?.[0] ?? character;
      key = /^\s*:/.test(source.slice(at + word.length, at + word.length + 8)) ? word : "";
      at += word.length - 1;
    } else if (character === ",") key = "";
  }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, "$1").replaceAll(/\s+/g, " ");
}

/** The index of the closing mark. */
export function endOfString(source: string, start: number): number | null {
  const mark = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === mark) return at;
  }
  return null;
}
