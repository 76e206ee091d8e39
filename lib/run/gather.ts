import { soon } from "#/lib/clock.ts";

type Call<Q, A> = { readonly question: Q; resolve(answer: A): void; reject(error: unknown): void };

/**
 * Calls that come up at the same time, or while an earlier one is under way, become one: the first goes out at the end of
 * the tick, and whatever waits when it is answered makes the next. `work` answers in the order of its questions.
 */
export class Gather<Q, A> {
  readonly #work: (questions: readonly Q[]) => Promise<readonly A[]>;
  readonly #most: number;
  #waiting: Call<Q, A>[] = [];
  #isBusy = false;

  constructor(most: number, work: (questions: readonly Q[]) => Promise<readonly A[]>) {
    this.#most = most;
    this.#work = work;
  }

  ask(question: Q): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    this.#waiting.push({ question, resolve, reject });
    this.#start();
    return promise;
  }

  #start(): void {
    if (this.#isBusy || this.#waiting.length === 0) return;
    this.#isBusy = true;
    soon(() => void this.#run(this.#waiting.splice(0, this.#most)));
  }

  async #run(calls: readonly Call<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#work(calls.map(({ question }) => question));
      calls.forEach(({ resolve }, index) => void resolve(answers[index] as A));
    } catch (error) {
      for (const { reject } of calls) reject(error);
    } finally {
      this.#isBusy = false;
      this.#start();
    }
  }
}
