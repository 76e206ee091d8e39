import { hasControlCharacter, lower, quoted, trim } from "#/lib/actions/characters.ts";
import { nearest } from "#/lib/actions/edit-distance.ts";
import { unwrap } from "#/lib/actions/emphasis.ts";
import type { Fields } from "#/lib/actions/fields.ts";
import { agentChoice, agentTypes, type Key } from "#/lib/actions/grammar.ts";
import { isPlaceholder } from "#/lib/actions/placeholder.ts";
import type { AgentChoice } from "#/lib/protocol/orchestration.ts";

const secondsPerUnit: Record<string, number> = { "": 1, s: 1, m: 60, h: 3_600 };
const longestTimeoutSeconds = 24 * 3_600;

/**
 * The values of a block's fields, each read as what it has to be. A field that is not there is undefined; so is one that is
 * wrong, and its fault is kept in `fields.faults`. What was normalised is entered in `fields.normalised`.
 */
export class Values {
  readonly #fields: Fields;
  readonly #unusable = new Set<Key>();

  constructor(fields: Fields, required: readonly Key[]) {
    this.#fields = fields;
    for (const key of required) {
      if ((fields.values.get(key) ?? "") === "") this.#refuseMissing(key);
    }
    for (const [key, value] of fields.values) this.#check(key, value, required);
  }

  text(key: Key): string | undefined {
    return this.#unusable.has(key) ? undefined : this.#fields.values.get(key);
  }

  /** One word out of a closed list. */
  word<W extends string>(key: Key, words: readonly W[]): W | undefined {
    const written = this.text(key);
    if (written === undefined) return undefined;
    const bare = this.#withoutEmphasis(key, written);
    const word = words.find((known) => known === lower(bare));
    if (word === undefined) return this.refuse(key, written, `It is one of ${words.join(", ")}.`);
    this.#record(key, bare, word);
    return word;
  }

  /** A type of the catalogue, `any`, or `can:` and a capability. */
  agent(key: Key): AgentChoice | undefined {
    const written = this.text(key);
    if (written === undefined) return undefined;
    const bare = this.#withoutDress(key, written);
    const choice = agentChoice(lower(bare));
    if (choice !== undefined) {
      this.#record(key, bare, choice);
      return choice;
    }
    const names = `The agents are ${agentTypes.join(", ")}, any (whoever suits the task best), or can: with a capability, such as can:search`;
    const message = `${quoted(written)} is no agent.${adviceOn(lower(bare))} ${names}; one block names one of them.`;
    this.#fields.faults.add("unknown-agent", message);
    return undefined;
  }

  wholeNumber(key: Key, least: number, most: number): number | undefined {
    const written = this.text(key);
    if (written === undefined) return undefined;
    const number = /^[0-9]{1,6}$/.test(written) ? Number(written) : Number.NaN;
    return number >= least && number <= most
      ? number
      : this.refuse(key, written, `It is a whole number from ${least} to ${most}.`);
  }

  share(key: Key, least: number, most: number): number | undefined {
    const written = this.text(key);
    if (written === undefined) return undefined;
    const number = /^[0-9](?:\.[0-9]{1,12})?$/.test(written) ? Number(written) : Number.NaN;
    return number >= least && number <= most
      ? number
      : this.refuse(key, written, `It is a number from ${least} to ${most}, such as 0.6.`);
  }

  /** A length of time in seconds, or with the unit s, m or h; in milliseconds. */
  milliseconds(key: Key): number | undefined {
    const written = this.text(key);
    if (written === undefined) return undefined;
    const [, digits, unit] = /^([0-9]{1,6})([smh]?)$/.exec(written) ?? [];
    const seconds = Number(digits) * (secondsPerUnit[unit ?? ""] ?? Number.NaN);
    return seconds >= 1 && seconds <= longestTimeoutSeconds
      ? seconds * 1_000
      : this.refuse(key, written, "It is whole seconds, or has a unit: 90s, 5m, 2h; 1 second to 24 hours.");
  }

  /** Entries between commas; none may be empty or rejected by `isEntry`. */
  list(key: Key, isEntry: (entry: string) => boolean, advice: string): string[] | undefined {
    const written = this.text(key);
    const entries = written?.split(",").map(trim);
    if (written === undefined || entries?.every((entry) => entry !== "" && isEntry(entry))) return entries;
    return this.refuse(key, written, advice);
  }

  refuse(key: Key, written: string, advice: string): undefined {
    this.#unusable.add(key);
    this.#fields.faults.add("bad-value", `${key} cannot be ${quoted(written)}. ${advice}`);
    return undefined;
  }

  #refuseMissing(key: Key): void {
    this.#unusable.add(key);
    const how = this.#fields.values.has(key) ? "is empty" : "is missing";
    this.#fields.faults.add("missing-field", `${key} ${how}; write a line "${key}: " with its value.`);
  }

  #refuseEmpty(key: Key): void {
    this.#unusable.add(key);
    this.#fields.faults.add("bad-value", `${key} is given without a value; give it one, or leave the line out.`);
  }

  #check(key: Key, value: string, required: readonly Key[]): void {
    if (value === "") {
      if (!required.includes(key)) this.#refuseEmpty(key);
    } else if (hasControlCharacter(value))
      this.refuse(key, value, "It holds a control character; newline and tab may stand.");
    else if (isPlaceholder(value)) this.refuse(key, value, "That is a placeholder; write the value itself.");
  }

  #withoutEmphasis(key: Key, written: string): string {
    const inner = unwrap(written);
    if (inner !== null) this.#fields.normalised.push(`emphasis around the value of ${key} dropped`);
    return inner ?? written;
  }

  /** Emphasis, one pair of quotes or backticks, one full stop: in any order, each once. */
  #withoutDress(key: Key, written: string): string {
    const undress = [
      ["emphasis around", unwrap],
      ["quotes around", unquote],
      ["full stop behind", withoutStop],
    ] as const;
    let bare = written;
    const left = new Set(undress);
    for (let round = 0; round < undress.length; round += 1) {
      for (const item of left) {
        const inner = item[1](bare);
        if (inner === null) continue;
        left.delete(item);
        this.#fields.normalised.push(`${item[0]} the value of ${key} dropped`);
        bare = inner;
      }
    }
    return bare;
  }

  #record(key: Key, written: string, word: string): void {
    if (written !== word) this.#fields.normalised.push(`${key} "${written}" read as ${word}`);
  }
}

function adviceOn(written: string): string {
  if (written.startsWith("can:")) return " A capability is 1 to 40 of a-z, 0-9, _ and -, right behind the colon.";
  const near = nearest(written, agentTypes);
  return near === undefined ? "" : ` Did you mean ${near}?`;
}

function unquote(text: string): string | null {
  const quote = text.charAt(0);
  const inner = text.slice(1, -1);
  return /["'`]/.test(quote) && text.length > 2 && text.endsWith(quote) && !inner.includes(quote) ? inner : null;
}

function withoutStop(text: string): string | null {
  return text.length > 1 && text.endsWith(".") ? text.slice(0, -1) : null;
}
