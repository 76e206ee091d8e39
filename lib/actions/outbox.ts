import { limits } from "#/lib/actions/grammar.ts";
import type { Block, NearMiss } from "#/lib/protocol/action.ts";

/**
 * A piece of an output. The prose items, joined, are the output's prose. `text` of the others is what was written, with LF
 * as line ends, cut at 2,000 units.
 */
export type ParserItem =
  | { readonly kind: "prose"; readonly text: string }
  | { readonly kind: "block"; readonly block: Block; readonly text: string }
  | { readonly kind: "near-miss"; readonly nearMiss: NearMiss; readonly text: string };

export type Noted = Exclude<ParserItem, { kind: "prose" }>;

/** Stretches of prose that are joined at a time: a million of them would keep the garbage collector busy. */
const joinedAtOnce = 512;

/** Collects what is to be handed out, in order; stretches of prose become one item, and no item ends in half a character. */
export class Outbox {
  #items: ParserItem[] = [];
  #joined: string[] = [];
  #stretches: string[] = [];

  prose(text: string): void {
    this.#stretches.push(text);
    if (this.#stretches.length === joinedAtOnce) this.#join();
  }

  note(item: Noted): void {
    this.#flush("whole");
    this.#items.push(item);
  }

  /** What has come together; until the end, half a character at the end of it waits for the other half. */
  take(isEnd: boolean): ParserItem[] {
    this.#flush(isEnd ? "whole" : "characters");
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #join(): void {
    this.#joined.push(this.#stretches.join(""));
    this.#stretches = [];
  }

  #flush(what: "whole" | "characters"): void {
    const prose = this.#collected();
    const isHalf = what === "characters" && endsInHalf(prose);
    const text = isHalf ? prose.slice(0, -1) : prose;
    if (isHalf) this.#stretches.push(prose.slice(-1));
    if (text !== "") this.#items.push({ kind: "prose", text });
  }

  #collected(): string {
    if (this.#joined.length === 0 && this.#stretches.length <= 1) return this.#stretches.pop() ?? "";
    this.#join();
    const prose = this.#joined.join("");
    this.#joined = [];
    return prose;
  }
}

export function excerpt(text: string): string {
  return text.slice(0, limits.excerptUnits);
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
