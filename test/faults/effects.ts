import { appendFileSync, closeSync, existsSync, openSync, readSync } from "node:fs";
import { z } from "zod";

/**
 * What really happened, as told by the scripted model and agents themselves: one line of JSON for each beginning and end of
 * a call, appended at once to a file that all processes share. It survives every kill, and knows nothing of the product.
 */
const Effect = z.object({
  /** Unix time in milliseconds. */
  at: z.number(),
  worker: z.string(),
  kind: z.enum(["model", "task"]),
  nonce: z.string(),
  /** Of a model call: the turn. Of a task: its reference. */
  of: z.string(),
  /** Unique for each call. */
  execution: z.string(),
  what: z.enum(["begin", "end", "aborted"]),
});
export type Effect = z.infer<typeof Effect>;

export function writeEffect(file: string, effect: Omit<Effect, "at">): void {
  // Not Date.now(): a fault may have set that clock wrong.
  const at = Math.round(performance.timeOrigin + performance.now());
  appendFileSync(file, `${JSON.stringify({ at, ...effect })}\n`);
}

/** A call that has begun, and when it came to an end, if it did. */
export type Execution = Omit<Effect, "what" | "at"> & {
  readonly beganAt: number;
  endedAt?: number;
  abortedAt?: number;
};

/** The reading side: `read` takes in what was appended since. */
export class Effects {
  readonly file: string;
  readonly #executions = new Map<string, Execution>();
  readonly #open = new Map<string, Execution>();
  readonly #byCall = new Map<string, Execution[]>();
  readonly #counts = new Map<string, number>();
  #offset = 0;
  #rest = "";

  constructor(file: string) {
    this.file = file;
  }

  /** All executions so far, in the order in which they began. */
  read(): readonly Execution[] {
    for (const line of this.#newLines()) this.#take(Effect.parse(JSON.parse(line)));
    return [...this.#executions.values()];
  }

  /** What the worker has begun and not ended: what it holds, if it lives. */
  heldBy(worker: string): Execution[] {
    this.read();
    return [...this.#open.values()].filter((one) => one.worker === worker);
  }

  /** The executions of one task (`of` its reference), or the model calls of one turn (`of` its number). */
  of(kind: Effect["kind"], nonce: string, of: string): readonly Execution[] {
    this.read();
    return this.#byCall.get(`${kind} ${nonce} ${of}`) ?? [];
  }

  /** All calls of one kind in one run. */
  countOf(kind: Effect["kind"], nonce: string): number {
    this.read();
    return this.#counts.get(`${kind} ${nonce}`) ?? 0;
  }

  #take({ what, at, ...effect }: Effect): void {
    const known = this.#executions.get(effect.execution);
    if (what === "begin") {
      const began: Execution = { ...effect, beganAt: at };
      this.#executions.set(effect.execution, began);
      this.#open.set(effect.execution, began);
      const key = `${effect.kind} ${effect.nonce} ${effect.of}`;
      const run = `${effect.kind} ${effect.nonce}`;
      this.#counts.set(run, (this.#counts.get(run) ?? 0) + 1);
      this.#byCall.set(key, [...(this.#byCall.get(key) ?? []), began]);
      return;
    }
    this.#open.delete(effect.execution);
    if (known && what === "end") known.endedAt = at;
    else if (known) known.abortedAt = at;
  }

  #newLines(): string[] {
    if (!existsSync(this.file)) return [];
    const handle = openSync(this.file, "r");
    const chunk = Buffer.alloc(65_536);
    for (let bytes = -1; bytes !== 0; ) {
      bytes = readSync(handle, chunk, 0, chunk.length, this.#offset);
      this.#offset += bytes;
      this.#rest += chunk.toString("latin1", 0, bytes);
    }
    closeSync(handle);
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
