import type { ParserItem } from "#/lib/actions/parser.ts";
import { after } from "#/lib/clock.ts";
import { phaseAfter } from "#/lib/machine/phases.ts";
import type { Action, ReplanAction } from "#/lib/protocol/action.ts";
import type { EventData, NewEvent } from "#/lib/protocol/event.ts";
import type { Phase } from "#/lib/protocol/phase.ts";
import type { TaskSpec } from "#/lib/protocol/task.ts";
import type { Needs } from "#/lib/run/batch.ts";
import type { Left } from "#/lib/run/beyond-what-is-left.ts";
import { changePhase } from "#/lib/run/change-phase.ts";
import { changeHeldRun } from "#/lib/run/change-run.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { moveGraph } from "#/lib/run/move-graph.ts";
import type { OwnEvents } from "#/lib/run/own-events.ts";
import { performAction } from "#/lib/run/perform-action.ts";
import { performReplan, replanOf } from "#/lib/run/perform-replan.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import { tasksNamedBy } from "#/lib/run/replan.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

const FIRST_FLUSH_MS = 30;
const FLUSH_MS = 250;
const FLUSH_UNITS = 1_024;
/** What is written and not yet committed; more waits for a commit. */
const MOST_PENDING_WRITES = 64;

type BlockItem = Extract<ParserItem, { kind: "block" }>;

export type TurnStart = {
  readonly turn: number;
  readonly phase: Phase;
  /** Ids of the run's tasks by their references; grows with the turn. */
  readonly refs: Map<string, string>;
  /** What the model was told in earlier turns. */
  readonly told: ReadonlySet<string>;
  /** Words of the run's tasks by their ids; grows with the turn. */
  readonly specs: Map<string, TaskSpec>;
  readonly registry: readonly RegisteredAgent[];
  /** What the run may still use, when the turn began. */
  readonly left: Left;
  /** A write of the run that must have happened before. */
  readonly before: Promise<unknown> | undefined;
  /** Where what is written is noted, in order. */
  readonly own: OwnEvents;
};

/**
 * Writes one turn into the run's log while it streams.
 *
 *   prose        collected, and appended every 250 ms or 1 KB; the first of a turn after 30 ms, so that it is seen to begin
 *   a block      appended with the prose before it and with all that it causes, in one transaction, as soon as it closes
 *
 * Every write is fenced by the task's claim: once it is not current any more, each further call throws `claim-lost`, and
 * what was not committed before does not exist. Writes happen one after another, in the order of the text; reading goes on
 * meanwhile, so what a fast model says at once is committed at once. Once a write has failed, none behind it happens.
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
  #pending = 0;
  #lastWrite: Promise<void> = Promise.resolve();
  #failure: { readonly thrown: unknown } | undefined;

  constructor(context: Context, task: ClaimedTask, start: TurnStart) {
    this.#context = context;
    this.#task = task;
    this.#start = start;
    this.#phase = start.phase;
    start.before?.catch((thrown: unknown) => {
      this.#failure ??= { thrown };
    });
  }

  /** False once something else than prose was written that this turn is judged by: then its prose is not the answer. */
  get isProseAlone(): boolean {
    return this.#isProseAlone;
  }

  begin(): void {
    this.#write([{ type: "turn.started", data: { turn: this.#start.turn, phase: this.#phase } }]);
  }

  async take(items: readonly ParserItem[]): Promise<void> {
    if (this.#failure) throw this.#failure.thrown;
    for (const item of items) {
      if (item.kind === "prose") this.#takeProse(item.text);
      else if (item.kind === "block") this.#takeBlock(item);
      else this.#takeNearMiss(item);
    }
    if (this.#pending > MOST_PENDING_WRITES) await this.committed();
  }

  /** Something of the turn that is not its text. */
  add(event: NewEvent): void {
    this.#write([event]);
  }

  /** Resolves when all of it is committed, with what `after` said inside of the last change. */
  async end(
    data: Omit<EventData<"turn.ended">, "turn">,
    before: readonly NewEvent[] = [],
    after: (state: RunChange) => boolean = () => false,
  ): Promise<boolean> {
    const ended: NewEvent = { type: "turn.ended", data: { turn: this.#start.turn, ...data } };
    let hasLeft = false;
    this.#write([...this.#drain("whole"), ...before, ended], undefined, undefined, (state) => {
      hasLeft = after(state);
    });
    await this.committed();
    return hasLeft;
  }

  async committed(): Promise<void> {
    await this.#lastWrite;
    if (this.#failure) throw this.#failure.thrown;
  }

  #takeProse(text: string): void {
    this.#prose += text;
    if (this.#prose.length >= FLUSH_UNITS) this.#flush();
    else this.#cancelTimer ??= after(this.#hasFlushed ? FLUSH_MS : FIRST_FLUSH_MS, () => this.#flush());
  }

  #takeBlock({ block, text }: BlockItem): void {
    const shared = { turn: this.#start.turn, block: this.#blocks, author: "main" as const, span: block.span, text };
    this.#blocks += 1;
    this.#isProseAlone &&= block.verdict === "ignored";
    const before = this.#drain("whole");
    switch (block.verdict) {
      case "refused":
        this.#write([
          ...before,
          { type: "action.refused", data: { ...shared, code: block.code, message: block.message } },
        ]);
        return;
      case "ignored":
        this.#write([...before, { type: "action.ignored", data: { ...shared, reason: block.reason } }]);
        return;
      case "accepted":
        this.#takeAction(block.action, before, { ...shared, normalised: block.normalised });
    }
  }

  #takeAction(action: Action, before: readonly NewEvent[], shared: Omit<EventData<"action.accepted">, "action">): void {
    const from = this.#phase;
    if (action.kind === "replan") {
      this.#takeReplan(action, before, { ...shared, action, phase: from });
      return;
    }
    const { turn, refs, registry, specs } = this.#start;
    const to = phaseAfter(from, action);
    const performed = {
      rootTaskId: this.#task.id,
      author: "main",
      turn,
      block: shared.block,
      action,
      refs,
      registry,
      specs,
    } as const;
    const previous = this.#lastDelegated;
    const perform = (change: RunChange) => {
      performAction(change, { ...performed, before: previous, acceptedSeq: change.nextSeq - 1 });
      if (action.kind === "delegate") moveGraph(change, this.#context.env.budgets.liveTasks);
      if (to !== from) changePhase(change, from, to);
    };
    const accepted: NewEvent = { type: "action.accepted", data: { ...shared, action, phase: from } };
    this.#write([...before, accepted], perform, {
      tasks: namedTasks(action, previous, refs),
      agents: action.kind === "delegate",
    });
    this.#phase = to;
    if (action.kind === "delegate") this.#lastDelegated = action.id;
  }

  #takeReplan(action: ReplanAction, before: readonly NewEvent[], accepted: EventData<"action.accepted">): void {
    const { refs, specs, registry, left } = this.#start;
    const { budgets } = this.#context.env;
    const perform = (change: RunChange) => {
      performReplan(change, action, accepted, { refs, specs, registry, left, budgets });
    };
    this.#write(before, perform, { tasks: tasksNamedBy(replanOf(action), refs), agents: true });
  }

  #takeNearMiss(item: Extract<ParserItem, { kind: "near-miss" }>): void {
    const { span, hint } = item.nearMiss;
    const repeated = this.#start.told.has(hint);
    this.#isProseAlone &&= repeated;
    const data = { turn: this.#start.turn, span, hint, text: item.text, repeated };
    this.#write([...this.#drain("whole"), { type: "action.missed", data }]);
  }

  #flush(): void {
    const events = this.#drain("characters");
    if (events.length > 0) this.#write(events);
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

  #write(
    events: readonly NewEvent[],
    change?: (state: RunChange) => void,
    needs?: Needs,
    after?: (state: RunChange) => void,
  ): void {
    this.#pending += 1;
    const fail = (thrown: unknown) => {
      this.#failure ??= { thrown };
    };
    const note = this.#start.own.expect();
    this.#lastWrite = changeHeldRun(
      this.#context,
      this.#task,
      (state) => {
        if (this.#failure) throw this.#failure.thrown;
        state.events.push(...events);
        change?.(state);
        note(state);
        after?.(state);
      },
      needs,
    )
      .then(() => undefined, fail)
      .finally(() => {
        this.#pending -= 1;
      });
  }
}

/** The tasks that a delegation may run after: whether one of them has failed decides whether it may start at all. */
function namedTasks(action: Action, previous: string | undefined, refs: ReadonlyMap<string, string>): string[] {
  if (action.kind !== "delegate") return [];
  const before = previous === undefined ? [] : [previous];
  return [...action.dependsOn, ...before].flatMap((ref) => refs.get(ref) ?? []);
}

function endsInHalfCharacter(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
