import type { EventData, RunEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

/** Prose of the answer, or prose that is none of it. */
export type Prose = { readonly kind: "answer" | "note"; readonly text: string };

/**
 * The answer of a run as a fold over its events: the prose that is no note, in the order in which it was written.
 *
 * Prose in LEARNING stands behind a passing VERIFY: it is the answer and is released as it comes. Any other prose may turn
 * out to be a note (an action may follow it in the same turn), which only the end of its turn settles: it is held until
 * then. What was released is never taken back.
 */
export class Answer {
  /** Everything that was released so far. */
  text = "";
  #phase: Phase = "PLANNING";
  #held: { readonly turn: number; text: string } | null = null;
  #note = "";
  #lastTurn: number | null = null;
  /** White space that is released only when more text follows: an answer does not end with it. */
  #gap = "";

  /** What this event brings to light, in order; mostly nothing. */
  take(event: RunEvent): readonly Prose[] {
    switch (event.type) {
      case "turn.started":
        this.#phase = event.data.phase;
        return [];
      case "run.phase-changed":
        this.#phase = event.data.to;
        return this.#settleNote();
      case "text.appended":
        return this.#append(event.data);
      case "turn.ended":
        return this.#endTurn(event.data);
      case "run.completed":
        return this.#settle();
      default:
        return [];
    }
  }

  #append({ turn, text, note }: EventData<"text.appended">): readonly Prose[] {
    if (note) this.#note += text;
    else if (this.#held?.turn === turn) this.#held.text += text;
    else if (this.#phase === "LEARNING") return this.#release(turn, text);
    else this.#held = { turn, text };
    return [];
  }

  #endTurn({ note, finish }: EventData<"turn.ended">): readonly Prose[] {
    if (note) {
      this.#note += this.#held?.text ?? "";
      this.#held = null;
    }
    const prose = [...this.#settleNote(), ...this.#settle()];
    // The turn after an interrupted one goes on in the middle of its sentence; any other begins a paragraph.
    if (finish === "interrupted") this.#lastTurn = null;
    return prose;
  }

  #settleNote(): readonly Prose[] {
    const text = this.#note;
    this.#note = "";
    return text.trim() === "" ? [] : [{ kind: "note", text }];
  }

  #settle(): readonly Prose[] {
    const held = this.#held;
    this.#held = null;
    return held ? this.#release(held.turn, held.text) : [];
  }

  #release(turn: number, text: string): readonly Prose[] {
    if (this.#lastTurn !== null && this.#lastTurn !== turn) this.#gap = "\n\n";
    const joined = this.text === "" ? withoutLeadingBlankLines(text) : this.#gap + text;
    const visible = joined.trimEnd();
    this.#gap = joined.slice(visible.length);
    if (visible === "") return [];
    this.#lastTurn = turn;
    this.text += visible;
    return [{ kind: "answer", text: visible }];
  }
}

function withoutLeadingBlankLines(text: string): string {
  return text.replace(/^(?:[ \t]*\r?\n)+/, "");
}
