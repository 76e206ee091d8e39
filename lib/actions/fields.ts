import { isBlank, quoted, trimEnd, trimLines, upper } from "#/lib/actions/characters.ts";
import { isOneEdit, nearest } from "#/lib/actions/edit-distance.ts";
import { createFaults, type Faults } from "#/lib/actions/faults.ts";
import { type Fence, fenceAtStart } from "#/lib/actions/fence.ts";
import { type Key, keysOf, textKeys } from "#/lib/actions/grammar.ts";
import { changesOf, type KeyLine, readKeyLine } from "#/lib/actions/key-line.ts";
import { missedKey } from "#/lib/actions/near-miss.ts";
import type { ActionKind } from "#/lib/protocol/action.ts";

/** A line of a value; nothing in it counts when it stands in a fence. */
export type FieldLine = { readonly text: string; readonly isFenced: boolean };

type Field = { readonly key: Key; readonly lines: FieldLine[] };

/** What the lines between ACTION line and end marker say. */
export type Fields = {
  readonly values: ReadonlyMap<Key, string>;
  readonly lines: ReadonlyMap<Key, readonly FieldLine[]>;
  readonly faults: Faults;
  readonly normalised: string[];
  /** Units of the longest TASK. */
  readonly taskUnits: number;
};

/**
 * Reads the lines of one block in order: a header of key lines, and from the first text field on a body in which only a known
 * key in capitals opens a field and every other line goes on with the one above.
 */
export class FieldReader {
  readonly #kind: ActionKind;
  readonly #faults = createFaults();
  readonly #fields: Field[] = [];
  readonly #seen = new Set<Key>();
  readonly #normalised: string[] = [];
  #isBody = false;
  #isSpoilt = false;

  constructor(kind: ActionKind) {
    this.#kind = kind;
  }

  /** Takes a line that is not in a fence, and returns the fence that it opens behind the key of a text field. */
  take(line: string): Fence | null {
    const found = readKeyLine(line);
    const key = found === null ? undefined : this.#keyOf(found.key);
    if (found !== null && key !== undefined) return this.#open(key, found, line);
    if (!this.#isBody) this.#refuseHeaderLine(line, found);
    else if (found !== null) this.#refuseMistypedKey(found);
    this.#goOn(line, false);
    return null;
  }

  takeFenced(line: string): void {
    this.#goOn(line, true);
  }

  /** Why a line that opens no field looks as if it did; null for all others. */
  missedKey(line: string): string | null {
    const found = readKeyLine(line);
    const opens = found !== null && this.#keyOf(found.key) !== undefined;
    return opens ? null : missedKey(line, (written) => this.#keyOf(written));
  }

  /** The block is too large: forgets what was read, and from now on only follows header, body and fences. */
  spoil(): void {
    this.#isSpoilt = true;
    this.#fields.length = 0;
  }

  read(): Fields {
    const read = this.#fields.map(({ key, lines }) => ({
      key,
      lines,
      value: trimLines(lines.map(({ text }) => text).join("\n")),
    }));
    return {
      values: new Map(read.map(({ key, value }) => [key, value])),
      lines: new Map(read.map(({ key, lines }) => [key, lines])),
      faults: this.#faults,
      normalised: this.#normalised,
      taskUnits: read.reduce((most, { key, value }) => (key === "TASK" ? Math.max(most, value.length) : most), 0),
    };
  }

  /** In the body, keys are written in capitals. */
  #keyOf(written: string): Key | undefined {
    const name = joined(this.#isBody ? written : upper(written));
    return keysOf[this.#kind].find((key) => key === name);
  }

  #open(key: Key, found: KeyLine, line: string): Fence | null {
    const isText = textKeys.has(key);
    if (isText) this.#isBody = true;
    if (this.#isSpoilt) return isText ? fenceAtStart(found.value) : null;
    if (this.#seen.has(key)) this.#faults.add("duplicate-field", `${key} is given twice; one block has one ${key}.`);
    this.#seen.add(key);
    this.#fields.push({ key, lines: [{ text: found.value, isFenced: false }] });
    this.#normalised.push(...changesOf(found, key));
    if (!isText && isBlank(line.at(-1))) this.#normalised.push(`blanks behind the value of ${key} dropped`);
    return isText ? fenceAtStart(found.value) : null;
  }

  #goOn(text: string, isFenced: boolean): void {
    if (this.#isBody && !this.#isSpoilt) this.#fields.at(-1)?.lines.push({ text, isFenced });
  }

  #refuseHeaderLine(line: string, found: KeyLine | null): void {
    if (this.#faults.has("unknown-field") || trimEnd(line) === "") return;
    const keys = keysOf[this.#kind];
    const near = found === null ? undefined : nearest(joined(upper(found.key)), keys);
    const advice = near === undefined ? `Its keys are ${keys.join(", ")}.` : `Did you mean ${near}?`;
    this.#faults.add("unknown-field", `${quoted(line)} is no field of ${upper(this.#kind)}. ${advice}`);
  }

  /** A key that is nearly one, in capitals, was meant as one: taken as text, it would quietly change the task. */
  #refuseMistypedKey({ key }: KeyLine): void {
    if (this.#faults.has("unknown-field") || key !== upper(key)) return;
    const meant = keysOf[this.#kind].find((known) => isNearly(joined(key), known));
    if (meant === undefined) return;
    this.#faults.add("unknown-field", `${quoted(key)} is no field of ${upper(this.#kind)}. Did you mean ${meant}?`);
  }
}

function isNearly(written: string, known: Key): boolean {
  const bare = known.replaceAll("_", "");
  if (bare.length < 5 || Math.abs(written.length - known.length) > 1 || written === `${known}S`) return false;
  return written === bare || isOneEdit(written, known);
}

/** `_`, `-` and one space between the words of a key are the same. */
function joined(key: string): string {
  return key.replace(/[ -]/g, "_");
}
