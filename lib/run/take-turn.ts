import { createParser } from "#/lib/actions/parser.ts";
import { asDeputyError } from "#/lib/errors.ts";
import type { ModelRequest, ModelSwitch, Models, ModelUsage } from "#/lib/model/models.ts";
import type { NewEvent } from "#/lib/protocol/event.ts";
import type { TurnInput } from "#/lib/protocol/turn.ts";
import type { ClaimedTask } from "#/lib/run/claimed-task.ts";
import type { Context } from "#/lib/run/context.ts";
import { type FoldedRun, toldOf } from "#/lib/run/fold-run.ts";
import type { OwnEvents } from "#/lib/run/own-events.ts";
import type { RegisteredAgent } from "#/lib/run/registry.ts";
import type { RunChange } from "#/lib/run/run-change.ts";
import { type RunLimits, runGate } from "#/lib/run/run-gate.ts";
import { TurnLog } from "#/lib/run/turn-log.ts";

/** What the main agent asks of its model, a function of what it is told. */
export type MainAgent = { request(input: TurnInput): Omit<ModelRequest, "signal"> };

export type Turn = {
  readonly input: TurnInput;
  readonly run: FoldedRun;
  readonly limits: RunLimits;
  readonly main: MainAgent;
  readonly models: Models;
  readonly registry: readonly RegisteredAgent[];
  readonly signal: AbortSignal;
  /** A write of the run that must have happened; nothing of the turn is written when it fails. */
  readonly before: Promise<unknown> | undefined;
  /** Where the events that are written for this turn are noted. */
  readonly own: OwnEvents;
  /** Called inside of the change that ends the turn; true when it left the run. */
  readonly after: (state: RunChange) => boolean;
};

/**
 * One call of the main agent's model: its text is parsed and gated as it streams, and each block takes effect as soon as
 * it closes. When the model fails in the middle, what was committed stays, the turn is closed as interrupted, an unclosed
 * block is refused as truncated, and the error is thrown on. True when `after` has left the run.
 */
export async function takeTurn(context: Context, task: ClaimedTask, turn: Turn): Promise<boolean> {
  const { input, run, signal } = turn;
  const gate = runGate(input.phase, turn.limits);
  const refs = new Map([...run.tasks.values()].map((known) => [known.spec.ref, known.id]));
  const parser = createParser({ gate, taken: refs.keys() });
  const log = new TurnLog(context, task, {
    turn: input.turn,
    phase: input.phase,
    refs,
    specs: new Map([...run.tasks.values()].map((known) => [known.id, known.spec])),
    registry: turn.registry,
    left: turn.limits,
    told: toldOf(run),
    before: turn.before,
    own: turn.own,
  });
  log.begin();
  const isNote = () => input.phase === "PLANNING" && !log.isProseAlone;

  try {
    let finish: "stop" | "length" = "stop";
    let called: NewEvent[] = [];
    for await (const part of turn.models.stream({ ...turn.main.request(input), signal })) {
      if (part.type === "text") await log.take(parser.push(part.text));
      else if (part.type === "switched") log.add(modelSwitched(input.turn, part));
      else {
        finish = part.finish;
        called = [modelCalled(input.turn, part.usage)];
      }
    }
    await log.take(parser.end(finish));
    return await log.end({ finish, note: isNote() }, called, turn.after);
  } catch (error) {
    const { code, message } = asDeputyError(error, "model-failed");
    if (code !== "claim-lost" && !signal.aborted) {
      await log.take(parser.end("error"));
      await log.end({ finish: "interrupted", note: isNote(), reason: message });
    }
    throw error;
  }
}

function modelCalled(turn: number, usage: ModelUsage): NewEvent {
  return {
    type: "model.called",
    agent: "main",
    data: { turn, ...usage, milliseconds: Math.round(usage.milliseconds) },
  };
}

function modelSwitched(turn: number, { from, to, reason }: ModelSwitch): NewEvent {
  return { type: "model.switched", agent: "main", data: { turn, from, to, reason } };
}
