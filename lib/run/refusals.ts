import type { Context } from "#/lib/run/context.ts";
import { addRefusals } from "#/lib/store/refusals.ts";

/**
 * What came in and was not believed. The first five are forged, foreign or altered entries of a stream; `replayed` is one
 * for a task that was taken or settled already, as every second delivery is; `late-outcome` what a worker brought whose
 * claim was not current any more.
 */
export type RefusedReason =
  | "foreign"
  | "unknown-version"
  | "oversized"
  | "malformed"
  | "no-task"
  | "altered"
  | "replayed"
  | "late-outcome";

/** These happen in every healthy system, and are counted without a word. */
const ordinary: readonly RefusedReason[] = ["replayed", "late-outcome"];

/** Counts what was refused, says so in the log, and adds it to the record from time to time. */
export class Refusals {
  readonly #context: Context;
  #counts = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  count(reason: RefusedReason, what: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    if (ordinary.includes(reason)) this.#context.log.debug({ reason, what }, "refused");
    else this.#context.log.warn({ reason, what }, "an entry of the stream was refused; nothing was done for it");
  }

  /** What cannot be written now is kept for the next time. */
  async save(): Promise<void> {
    const counts = this.#counts;
    this.#counts = new Map();
    try {
      await addRefusals(this.#context.store.db, counts);
    } catch (error) {
      for (const [reason, count] of counts) this.#counts.set(reason, count + (this.#counts.get(reason) ?? 0));
      throw error;
    }
  }
}
