import { createFenceScan, type Fence } from "#/lib/actions/fence.ts";
import { FieldReader } from "#/lib/actions/fields.ts";
import { limits } from "#/lib/actions/grammar.ts";
import { IgnoredBlocks } from "#/lib/actions/ignored-blocks.ts";
import type { Judge, WrittenBlock } from "#/lib/actions/judge.ts";
import { type ActionLine, readActionLine, readEndMarker } from "#/lib/actions/key-line.ts";
import { endOf, type Line, spanOf } from "#/lib/actions/lines.ts";
import { missedAction, missedEnd } from "#/lib/actions/near-miss.ts";
import { excerpt, type Noted, type Outbox } from "#/lib/actions/outbox.ts";
import type { Next, Place } from "#/lib/actions/place.ts";

/**
 * From an ACTION line to wherever its block ends. Nothing of it is prose, whatever becomes of it, so nothing is handed out
 * before its verdict; what was noted of lines inside of it follows then. What goes beyond the limit is not kept.
 */
export class OpenBlock implements Place {
  readonly #action: ActionLine;
  readonly #from: number;
  readonly #judge: Judge;
  readonly #outbox: Outbox;
  readonly #reader: FieldReader;
  readonly #fences = createFenceScan();
  readonly #notes: Noted[] = [];
  #fence: { readonly opened: Fence; readonly blocks: IgnoredBlocks } | null = null;
  #isTooLarge = false;
  #text: string;

  constructor(action: ActionLine, line: Line, judge: Judge, outbox: Outbox) {
    this.#action = action;
    this.#from = line.from;
    this.#text = excerpt(line.text);
    this.#judge = judge;
    this.#outbox = outbox;
    this.#reader = new FieldReader(action.kind);
  }

  grow(_: Line, stretch: string): void {
    this.#fences.feed(stretch);
  }

  close(line: Line): Next {
    const next = this.#fence ? this.#takeFenced(line, this.#fence) : this.#takeLine(line);
    this.#fences.nextLine();
    return next;
  }

  /** The text is over. */
  breakOff(at: number, finish: WrittenBlock["end"]): void {
    this.#decide(at, finish, []);
  }

  #takeLine(line: Line): Next {
    const isWhole = line.length <= limits.blockUnits;
    const action = isWhole ? readActionLine(line.text) : null;
    if (action !== null) {
      this.#decide(line.from, "action", []);
      return { place: "block", action, line };
    }
    this.#measure(line);
    const marker = isWhole ? readEndMarker(line.text) : null;
    if (marker !== null) {
      this.#decide(endOf(line), "marker", marker);
      return { place: "prose" };
    }
    this.#noteNearMiss(line);
    const opened = this.#reader.take(line.text) ?? this.#fences.opens();
    if (opened) this.#fence = { opened, blocks: new IgnoredBlocks("fenced") };
    return null;
  }

  #takeFenced(line: Line, fence: { opened: Fence; blocks: IgnoredBlocks }): null {
    this.#measure(line);
    const ignored = fence.blocks.take(line);
    if (ignored && !this.#isTooLarge) this.#notes.push(ignored);
    this.#reader.takeFenced(line.text);
    if (this.#fences.closes(fence.opened)) this.#fence = null;
    return null;
  }

  #measure(line: Line): void {
    if (this.#text.length < limits.excerptUnits) this.#text = excerpt(`${this.#text}\n${line.text}`);
    if (this.#isTooLarge || endOf(line) - this.#from <= limits.blockUnits) return;
    this.#isTooLarge = true;
    this.#reader.spoil();
  }

  #noteNearMiss(line: Line): void {
    if (this.#isTooLarge) return;
    const { text } = line;
    const hint = missedAction(text) ?? missedEnd(text) ?? this.#reader.missedKey(text);
    if (hint === null) return;
    this.#notes.push({ kind: "near-miss", nearMiss: { span: spanOf(line), hint }, text: excerpt(text) });
  }

  #decide(to: number, end: WrittenBlock["end"], marker: readonly string[]): void {
    const { kind, normalised } = this.#action;
    const fields = this.#reader.read();
    const block = this.#judge.decide({
      kind,
      span: [this.#from, to],
      end,
      fields,
      normalised: [...normalised, ...marker],
    });
    this.#outbox.note({ kind: "block", block, text: this.#text });
    for (const note of this.#notes) this.#outbox.note(note);
  }
}
