import { SECOND } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import { Breaker, type BreakerSettings, type Pass } from "#/lib/model/breaker.ts";
import type { AnswerPart, ModelPart } from "#/lib/model/models.ts";

/** One breaker for each model that was ever asked. */
export class ModelBreakers {
  readonly settings: BreakerSettings;
  readonly #breakers = new Map<string, Breaker>();

  constructor(settings: BreakerSettings) {
    this.settings = settings;
  }

  of(name: string): Breaker {
    const known = this.#breakers.get(name);
    if (known) return known;
    const breaker = new Breaker(this.settings);
    this.#breakers.set(name, breaker);
    return breaker;
  }
}

export type Question = {
  /** The tier's own model, then its stand-ins. */
  readonly chain: readonly [string, ...string[]];
  readonly breakers: ModelBreakers;
  readonly signal: AbortSignal;
  ask(name: string): AsyncIterable<AnswerPart>;
};

/** Why a model does not answer. `asked`: it was asked, and failed. */
type Trouble = { readonly name: string; readonly error: DeputyError; readonly asked: boolean };

/**
 * Asks the tier's own model, and its stand-ins in order while nobody has answered: when its breaker is open, or when it fails
 * before the first text in a way that may pass. A stand-in that fails before its first text is passed over whatever its failure is: that
 * it refuses must not end for good what only waits for the own model.
 */
export async function* askModels(question: Question): AsyncGenerator<ModelPart> {
  const troubles: Trouble[] = [];
  for (const name of question.chain) {
    const pass = question.breakers.of(name).enter();
    if (pass === null) {
      troubles.push({ name, error: barred(name, question.breakers), asked: false });
      continue;
    }
    const before = troubles.findLast(({ asked }) => asked) ?? troubles[0];
    if (before) yield { type: "switched", from: before.name, to: name, reason: before.error.message };
    const error = yield* answerOf(question, name, pass);
    if (error === null) return;
    troubles.push({ name, error, asked: true });
  }
  throw nobodyLeft(question, troubles);
}

/** Yields the answer; returns the error when the next model is to be asked instead. */
async function* answerOf(question: Question, name: string, pass: Pass): AsyncGenerator<AnswerPart, DeputyError | null> {
  let spoken = false;
  try {
    for await (const part of question.ask(name)) {
      if (part.type === "finish") await pass.settle("succeeded");
      spoken = true;
      yield part;
    }
    return null;
  } catch (error) {
    if (question.signal.aborted || !(error instanceof DeputyError)) throw error;
    await pass.settle(error.retryable ? "failed" : "nothing");
    const isStandIn = name !== question.chain[0];
    if (spoken || !(isStandIn || error.retryable)) throw error;
    return error;
  } finally {
    await pass.settle("nothing");
  }
}

function barred(name: string, breakers: ModelBreakers): DeputyError {
  const { failures } = breakers.of(name);
  const times = failures === 1 ? "once" : `${failures} times in a row`;
  const message = `The model ${name} failed ${times}; it is left alone for ${breakers.settings.openMs / SECOND} s.`;
  return new DeputyError("model-left-alone", message, { retryable: true });
}

/** The own model's trouble, and what became of the stand-ins that were asked. */
function nobodyLeft({ chain, breakers }: Question, [own, ...others]: readonly Trouble[]): DeputyError {
  if (own === undefined) throw new Error("no model was asked, and none was barred");
  const { message, retryAfterMs = 0 } = own.error;
  // Only when nobody was asked, nothing was tried.
  const code = others.some(({ asked }) => asked) ? "model-unavailable" : own.error.code;
  const failures = others
    .filter(({ asked }) => asked)
    .map(({ name, error }) => `Its stand-in ${name}: ${error.message}`);
  const soonestMs = Math.min(...chain.map((name) => breakers.of(name).waitMs));
  const waitMs = Math.max(retryAfterMs, soonestMs);
  return new DeputyError(code, [message, ...failures].join(" "), {
    retryable: true,
    ...(waitMs > 0 && { retryAfterMs: waitMs }),
    cause: own.error,
  });
}
