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

/** Collects what is to be handed out, in order; stretches of prose become one item, and no item ends in half a character. */
export class Outbox {
  #items: ParserItem[] = [];
  #prose = "";

  prose(text: string): void {
    this.#prose += text;
  }

  note(item: Noted): void {
    this.#flush(this.#prose);
    this.#items.push(item);
  }

  /** What has come together; `isLast`: half a character is not waited for. */
  take(isLast: boolean): ParserItem[] {
    this.#flush(!isLast && endsInHalf(this.#prose) ? this.#prose.slice(0, -1) : this.#prose);
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #flush(text: string): void {
    if (text !== "") this.#items.push({ kind: "prose", text });
    this.#prose = this.#prose.slice(text.length);
  }
}

export function excerpt(text: string): string {
  return text.slice(0, limits.excerptUnits);
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
