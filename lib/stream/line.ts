import { after, SECOND } from "#/lib/clock.ts";
import type { Client } from "#/lib/stream/client.ts";
import type { Trouble } from "#/lib/stream/trouble.ts";

/** A command and its arguments, the key (or channel) first. */
export type Command = readonly [name: "xadd" | "xack" | "xdel" | "xgroup" | "publish", ...args: (string | number)[]];

type Call = {
  readonly commands: readonly Command[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
};

const ANSWER_WITHIN_MS = 2 * SECOND;

/**
 * The line on which short commands go out. All of one tick are one write: a round trip and a system call for the tick, not
 * for each. Nobody waits for a Redis that is away: what is under way fails when the connection is lost, or after 2 s of silence,
 * and all further calls fail at once until Redis answers again.
 */
export class Line {
  readonly #client: Client;
  readonly #isCluster: boolean;
  readonly #trouble: Trouble;
  readonly #underWay = new Set<(reason: Error) => void>();
  #calls: Call[] = [];
  #isAway = false;

  constructor(client: Client, isCluster: boolean, trouble: Trouble) {
    this.#client = client;
    this.#isCluster = isCluster;
    this.#trouble = trouble;
    client.on("close", () => {
      this.#isAway = true;
      for (const reject of this.#underWay) reject(new Error("the connection to Redis was lost"));
    });
    client.on("ready", () => {
      this.#isAway = false;
    });
  }

  /** Resolves when all commands were done. Rejects with the first fault; the other commands may have been done. */
  send(commands: readonly Command[]): Promise<void> {
    if (commands.length === 0) return Promise.resolve();
    if (this.#isAway) return Promise.reject(new Error("Redis is away"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // A tick begins after all promises that are settled now: what is committed together is acked together.
    if (this.#calls.push({ commands, resolve, reject }) === 1) process.nextTick(() => this.#flush());
    return promise;
  }

  /** A command with an answer, under the same terms: fails within 2 s, or at once while Redis is away. */
  async ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    if (this.#isAway) throw new Error("Redis is away");
    return this.#answer(question(this.#client));
  }

  #flush(): void {
    const calls = this.#calls.splice(0);
    if (!this.#isCluster) return void this.#run(calls);
    for (const call of calls.flatMap(bySlot)) void this.#run([call]);
  }

  async #run(calls: readonly Call[]): Promise<void> {
    const pipeline = this.#client.pipeline(calls.flatMap(({ commands }) => commands.map((command) => [...command])));
    try {
      const replies = (await this.#answer(pipeline.exec())) ?? [];
      let at = 0;
      for (const { commands, resolve, reject } of calls) {
        const fault = replies.slice(at, at + commands.length).find(([error]) => error)?.[0];
        at += commands.length;
        if (fault) reject(fault);
        else resolve();
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }

  #answer<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = after(ANSWER_WITHIN_MS, () => reject(this.#late()));
    this.#underWay.add(reject);
    work.then(resolve, reject);
    return promise.finally(() => {
      cancel();
      this.#underWay.delete(reject);
    });
  }

  /** The connection stands and nothing comes: whatever answers first, or a new connection, ends the silence. */
  #late(): Error {
    this.#isAway = true;
    const back = () => {
      this.#isAway = false;
    };
    this.#client.ping().then(back, (error) => this.#trouble.report(error, "Redis does not answer; trying again"));
    return new Error(`Redis has not answered within ${ANSWER_WITHIN_MS / SECOND} s`);
  }
}

/** A pipeline goes to one node: the commands of a call are parted by the hash tags of their keys. */
function bySlot(call: Call): Call[] {
  const groups = Object.values(Object.groupBy(call.commands, hashTag)).filter((group) => group !== undefined);
  if (groups.length === 1) return [call];
  let open = groups.length;
  const resolve = () => {
    open -= 1;
    if (open === 0) call.resolve();
  };
  return groups.map((commands) => ({ commands, resolve, reject: call.reject }));
}

function hashTag([, key]: Command): string {
  return /\{[^}]+\}/.exec(String(key))?.[0] ?? "";
}
