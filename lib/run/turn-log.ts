import type { ParserItem } from "#/lib/actions/parser.ts";
import { after } from "#/lib/clock.ts";
import { phaseAfter } from "#/lib/machine/phases.ts";
import type { Action } from "#/lib/protocol/action.ts";
import type { EventData, NewEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import { changePhase } from "#/lib/run/change-phase.ts";
import { changeHeldRun, type RunChange } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import { performAction } from "#/lib/run/perform-action.ts";

const FIRST_FLUSH_MS = 30;
const FLUSH_MS = 250;
const FLUSH_UNITS = 1_024;

type BlockItem = Extract<ParserItem, { kind: "block" }>;

export type TurnStart = {
  readonly turn: number;
  readonly phase: Phase;
  /** Ids of the run's tasks by their references; grows with the turn. */
  readonly refs: Map<string, string>;
  /** What the model was told in earlier turns. */
  readonly told: ReadonlySet<string>;
};

/**
 * Writes one turn into the run's log while it streams.
 *
 *   prose        collected, and appended every 250 ms or 1 KB; the first of a turn after 30 ms, so that it is seen to begin
 *   a block      appended with the prose before it and with all that it causes, in one transaction, as soon as it closes
 *
 * Every write is fenced by the task's claim: once it is not current any more, each further call throws `claim-lost`, and
 * what was not committed before does not exist. Writes happen one after another, in the order of the text.
 */
export class TurnLog {
  readonly #context: Context;
  readonly #task: ClaimedTask;
  readonly #start: TurnStart;
  #phase: Phase;
  #prose = "";
  #hasFlushed = false;
  #blocks = 0;
  #isProseAlone = true;
  #lastDelegated: string | undefined;
  #cancelTimer: (() => void) | undefined;
  #writes: Promise<void> = Promise.resolve();
  #failure: { readonly thrown: unknown } | undefined;

  constructor(context: Context, task: ClaimedTask, start: TurnStart) {
    this.#context = context;
    this.#task = task;
    this.#start = start;
    this.#phase = start.phase;
  }

  /** False once something else than prose was written that this turn is judged by: then its prose is not the answer. */
  get isProseAlone(): boolean {
    return this.#isProseAlone;
  }

  begin(): Promise<void> {
    return this.#write([{ type: "turn.started", data: { turn: this.#start.turn, phase: this.#phase } }]);
  }

  async take(items: readonly ParserItem[]): Promise<void> {
    for (const item of items) {
      if (item.kind === "prose") await this.#takeProse(item.text);
      else if (item.kind === "block") await this.#takeBlock(item);
      else await this.#takeNearMiss(item);
    }
  }

  end(data: Omit<EventData<"turn.ended">, "turn">, before: readonly NewEvent[] = []): Promise<void> {
    const ended: NewEvent = { type: "turn.ended", data: { turn: this.#start.turn, ...data } };
    return this.#write([...this.#drain("whole"), ...before, ended]);
  }

  async #takeProse(text: string): Promise<void> {
    if (this.#failure) throw this.#failure.thrown;
    this.#prose += text;
    if (this.#prose.length >= FLUSH_UNITS) return this.#flush();
    // What a flush by the timer throws is kept, and thrown by the next call.
    this.#cancelTimer ??= after(this.#hasFlushed ? FLUSH_MS : FIRST_FLUSH_MS, () =>
      this.#flush().catch(() => undefined),
    );
  }

  async #takeBlock({ block, text }: BlockItem): Promise<void> {
    const shared = { turn: this.#start.turn, block: this.#blocks, author: "main" as const, span: block.span, text };
    this.#blocks += 1;
    this.#isProseAlone &&= block.verdict === "ignored";
    const before = this.#drain("whole");
    switch (block.verdict) {
      case "refused":
        return this.#write([
          ...before,
          { type: "action.refused", data: { ...shared, code: block.code, message: block.message } },
        ]);
      case "ignored":
        return this.#write([...before, { type: "action.ignored", data: { ...shared, reason: block.reason } }]);
      case "accepted": {
        const { action, normalised } = block;
        const accepted: NewEvent = { type: "action.accepted", data: { ...shared, normalised, action } };
        return this.#write([...before, accepted], (change) => this.#perform(change, action, shared.block));
      }
    }
  }

  async #perform(change: RunChange, action: Action, block: number): Promise<void> {
    const { turn, refs } = this.#start;
    const before = this.#lastDelegated;
    await performAction(change, { rootTaskId: this.#task.id, author: "main", turn, block, action, refs, before });
    if (action.kind === "delegate") {
      this.#lastDelegated = action.id;
      await moveGraph(change, this.#context.env.budgets.liveTasks);
    }
    const next = phaseAfter(this.#phase, action);
    if (next !== this.#phase) await changePhase(change, this.#phase, next);
    this.#phase = next;
  }

  async #takeNearMiss(item: Extract<ParserItem, { kind: "near-miss" }>): Promise<void> {
    const { span, hint } = item.nearMiss;
    const repeated = this.#start.told.has(hint);
    this.#isProseAlone &&= repeated;
    const data = { turn: this.#start.turn, span, hint, text: item.text, repeated };
    return this.#write([...this.#drain("whole"), { type: "action.missed", data }]);
  }

  async #flush(): Promise<void> {
    const events = this.#drain("characters");
    if (events.length > 0) await this.#write(events);
  }

  /**
   * The collected prose as an event. Blank lines wait for the prose behind them, and are nothing at the end of a turn. A
   * delta may end between the two halves of a character: the first half waits, too.
   */
  #drain(what: "whole" | "characters"): NewEvent[] {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#prose.trim() === "") return [];
    this.#hasFlushed = true;
    const text = what === "whole" || !endsInHalfCharacter(this.#prose) ? this.#prose : this.#prose.slice(0, -1);
    this.#prose = this.#prose.slice(text.length);
    if (text === "") return [];
    // Prose of EXECUTING and VERIFYING was written before anything was checked.
    const note = this.#phase === "EXECUTING" || this.#phase === "VERIFYING";
    return [{ type: "text.appended", data: { turn: this.#start.turn, text, note } }];
  }

  #write(events: readonly NewEvent[], change?: (state: RunChange) => Promise<void>): Promise<void> {
    const write = this.#writes.then(async () => {
      if (this.#failure) throw this.#failure.thrown;
      await changeHeldRun(this.#context, this.#task, async (state) => {
        state.events.push(...events);
        await change?.(state);
      });
    });
    this.#writes = write.catch((thrown: unknown) => {
      this.#failure ??= { thrown };
    });
    return write;
  }
}

function endsInHalfCharacter(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
