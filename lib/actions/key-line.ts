import { isBlank, trim, trimEnd, trimStart, upper } from "#/lib/actions/characters.ts";
import { openingRun, touches, unwrap } from "#/lib/actions/emphasis.ts";
import { endMarker, kindsByName } from "#/lib/actions/grammar.ts";
import type { ActionKind } from "#/lib/protocol/action.ts";

/** `KEY: value`, before anybody has asked whether the key is known. */
export type KeyLine = {
  /** As written, without emphasis. */
  readonly key: string;
  /** Without blanks at its start. */
  readonly value: string;
  /** What was taken away around key and colon, in words that go on with the key's name. */
  readonly undone: readonly string[];
};

/** No key has as many units, decoration included. */
const longestKey = 64;

/** A line at column 0 that begins with words and a colon, with emphasis around the key, around key and colon, or around all of it. */
export function readKeyLine(line: string): KeyLine | null {
  return readPlain(line) ?? readEmphasised(line);
}

function readEmphasised(line: string): KeyLine | null {
  const inner = keyPart(line) === null ? null : unwrap(trimEnd(line));
  const plain = inner === null ? null : readPlain(inner);
  return plain && { ...plain, undone: ["emphasis around the line of", ...plain.undone] };
}

function readPlain(line: string): KeyLine | null {
  const before = keyPart(line);
  if (before === null) return null;
  const behind = line.slice(before.length + 1);
  const run = openingRun(before);
  const word = before.slice(run.length);
  if (run === "") return keyLine(before, behind, []);
  const bare = trimEnd(word);
  if (bare.endsWith(run)) {
    const inner = bare.slice(0, -run.length);
    return touches(inner, run) ? null : keyLine(inner, behind, ["emphasis around"], bare.length < word.length);
  }
  const closesBehindColon = behind.startsWith(run) && behind[run.length] !== run.charAt(0);
  return closesBehindColon ? keyLine(word, behind.slice(run.length), ["emphasis around"]) : null;
}

function keyPart(line: string): string | null {
  const colon = line.slice(0, longestKey).indexOf(":");
  return colon === -1 ? null : line.slice(0, colon);
}

function keyLine(word: string, behind: string, emphasis: string[], isColonApart = false): KeyLine | null {
  const key = trimEnd(word);
  if (!/^[A-Za-z][A-Za-z _-]*$/.test(key)) return null;
  const value = trimStart(behind);
  const blanks = behind.slice(0, behind.length - value.length);
  const isUsual = key === word && !isColonApart && (blanks === " " || value === "");
  return { key, value, undone: isUsual ? emphasis : [...emphasis, "blanks around the colon of"] };
}

/** What was changed to read the line, in words. */
export function changesOf(line: KeyLine, name: string): string[] {
  const changes = line.undone.map((undone) => `${undone} ${name} normalised`);
  return line.key === name ? changes : [...changes, `key "${line.key}" read as ${name}`];
}

export type ActionLine = { readonly kind: ActionKind; readonly normalised: readonly string[] };

/** `ACTION:` and exactly one word, the name of a known action; null for every other line. */
export function readActionLine(line: string): ActionLine | null {
  const found = readKeyLine(line);
  if (found === null || upper(found.key) !== "ACTION") return null;
  const written = trim(found.value);
  const name = unwrap(written) ?? written;
  const kind = kindsByName.get(upper(name));
  if (kind === undefined) return null;
  const canonical = upper(name);
  const normalised = changesOf(found, "ACTION");
  if (isBlank(line.at(-1))) normalised.push("blanks at the end of the ACTION line dropped");
  if (name !== written) normalised.push(`emphasis around ${canonical} dropped`);
  if (name !== canonical) normalised.push(`action "${name}" read as ${canonical}`);
  return { kind, normalised };
}

/** What was normalised to read the line as the end marker; null when it is none. */
export function readEndMarker(line: string): string[] | null {
  const written = trimEnd(line);
  const normalised = written === line ? [] : ["blanks behind the end marker dropped"];
  if (written === endMarker) return normalised;
  return unwrap(written) === endMarker ? [...normalised, "emphasis around the end marker dropped"] : null;
}

/** No ACTION line is longer, each run of blanks counted as one. */
const longestShape = 48;

/**
 * Watches the beginning of a line for whether it can still become an ACTION line: from the first unit that rules it out, the
 * line need not be held back. May hold on to a strange decoration for a few characters too many, never for too few.
 */
export function createActionWatch(): { feed(stretch: string): boolean; nextLine(): void } {
  let shape = "";
  let isPossible = true;
  return {
    feed(stretch) {
      for (let at = 0; at < stretch.length && shape.length <= longestShape; at += 1) {
        const character = stretch.charAt(at);
        if (!isBlank(character)) shape += character;
        else if (!shape.endsWith(" ")) shape += " ";
      }
      isPossible &&= shape.length <= longestShape && couldBeActionLine(shape);
      return isPossible;
    },
    nextLine() {
      shape = "";
      isPossible = true;
    },
  };
}

function couldBeActionLine(shape: string): boolean {
  const decoration = /^(?:_{1,3}\*{0,3}|\*{0,3}_{0,3})/.exec(shape)?.[0] ?? "";
  const rest = upper(shape.slice(decoration.length));
  if (!"ACTION".startsWith(rest.slice(0, 6))) return false;
  const colon = rest.indexOf(":");
  if (colon === -1) return isDecoration(rest.slice(6));
  const name = rest.slice(colon + 1).replace(/^[*_ ]{0,8}/, "");
  return isDecoration(rest.slice(6, colon)) && [...kindsByName.keys()].some((known) => couldBeName(name, known));
}

function couldBeName(name: string, known: string): boolean {
  return known.startsWith(name) || (name.startsWith(known) && isDecoration(name.slice(known.length)));
}

function isDecoration(text: string): boolean {
  return /^[*_ ]{0,10}$/.test(text);
}
