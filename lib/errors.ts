/**
 * The one kind of error that this product raises on purpose. `code` is for programs (kebab-case, stable), `message` for
 * people: what happened and what to do. `retryable` says whether another attempt can help; it is decided where the error
 * is raised, and `retryAfterMs` is set where the other side asked for a pause.
 */
export class DeputyError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    options: { retryable?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DeputyError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }

  /**
   * The web process loads this file several times, once for each bundle that Next makes of it: what is thrown by one of them is
   * a DeputyError to the others, too.
   */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one inherits the question, and asks it of itself
    if (this !== DeputyError) return Function.prototype[Symbol.hasInstance].call(this, thrown);
    return thrown instanceof Error && thrown.name === "DeputyError";
  }
}

/** Anything that was thrown, as a DeputyError; what is not one becomes `code` with its own message. */
export function asDeputyError(thrown: unknown, code: string, retryable = false): DeputyError {
  if (thrown instanceof DeputyError) return thrown;
  return new DeputyError(code, messageOf(thrown), { retryable, cause: thrown });
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** For the default branch of a switch over a union: the compiler reports a case that was forgotten. */
export function unreachable(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
