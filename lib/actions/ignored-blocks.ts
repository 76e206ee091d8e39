import { limits } from "#/lib/actions/grammar.ts";
import { readActionLine, readEndMarker } from "#/lib/actions/key-line.ts";
import { endOf, type Line } from "#/lib/actions/lines.ts";
import { excerpt, type Noted } from "#/lib/actions/outbox.ts";
import type { Block, IgnoredReason } from "#/lib/protocol/action.ts";

/**
 * Watches the lines of one fence or element for complete blocks. They are text, and are listed, so that a reader can see why
 * they did not run.
 */
export class IgnoredBlocks {
  readonly #reason: IgnoredReason;
  #open: { from: number; text: string } | null = null;

  constructor(reason: IgnoredReason) {
    this.#reason = reason;
  }

  /** The block that ends with this line. */
  take(line: Line): Noted | null {
    const isWhole = line.length <= limits.blockUnits;
    if (isWhole && readActionLine(line.text) !== null) {
      this.#open = { from: line.from, text: excerpt(line.text) };
      return null;
    }
    if (this.#open === null) return null;
    if (this.#open.text.length < limits.excerptUnits) this.#open.text = excerpt(`${this.#open.text}\n${line.text}`);
    return isWhole && readEndMarker(line.text) !== null ? this.#close(this.#open, endOf(line)) : null;
  }

  #close(open: { from: number; text: string }, to: number): Noted {
    this.#open = null;
    const block: Block = { verdict: "ignored", span: [open.from, to], reason: this.#reason };
    return { kind: "block", block, text: open.text };
  }
}
