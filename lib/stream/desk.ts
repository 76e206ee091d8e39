import type { AgentName } from "#/lib/protocol/agent.ts";
import type { Acks } from "#/lib/stream/acks.ts";
import { type Refusal, readFields } from "#/lib/stream/entry.ts";
import { streamKeys } from "#/lib/stream/keys.ts";
import type { Found } from "#/lib/stream/pending.ts";

export type Entry = { readonly taskId: string; readonly hash: string; ack(): Promise<void> };

/** One kind of agent that a worker runs, and how much of it. */
export type Kind = {
  readonly agent: AgentName;
  /** How many more tasks can be taken now; `take` lowers it before it returns. */
  room(): number;
  /** Resolves when there is room, or when the reader is told to stop. */
  untilRoom(): Promise<void>;
  /** Takes one entry. Must not throw; an entry that is not acked is handed out again after 10 s. */
  take(entry: Entry): void;
};

/** One stream. `mayHold` is false once it was seen to be empty, and a blocking read watches it. */
export type Lane = { readonly key: string; mayHold: boolean; lookAt: number };

export type Refused = (reason: Refusal, entryId: string) => void;

/** Where entries of one kind arrive: takes them while there is room, and never more. */
export class Desk {
  /** Highest priority first. */
  readonly lanes: readonly Lane[];
  readonly #kind: Kind;
  readonly #acks: Acks;
  readonly #refused: Refused;
  /** What a read over several streams brought beyond the room: at most an entry of each. */
  #waiting: [lane: Lane, entry: Found][] = [];
  #isWatched = false;

  constructor(kind: Kind, prefix: string, acks: Acks, refused: Refused) {
    this.lanes = streamKeys(prefix, kind.agent).map((key) => ({ key, mayHold: true, lookAt: 0 }));
    this.#kind = kind;
    this.#acks = acks;
    this.#refused = refused;
  }

  /** How many entries may be read for it now. */
  get spare(): number {
    return this.#kind.room() - this.#waiting.length;
  }

  /** Calls `onRoom` once when there is room; does nothing while an earlier call waits. */
  watch(onRoom: () => void): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    void this.#kind.untilRoom().then(() => {
      this.#isWatched = false;
      onRoom();
    });
  }

  /** Takes what has been waiting, as far as there is room now. */
  takeWaiting(): void {
    while (this.#waiting.length > 0 && this.#kind.room() > 0) {
      const next = this.#waiting.shift();
      if (next) this.#take(...next);
    }
  }

  receive(lane: Lane, found: readonly Found[]): void {
    for (const entry of found) {
      if (this.#kind.room() > 0) this.#take(lane, entry);
      else this.#waiting.push([lane, entry]);
    }
  }

  /** The connection was lost, and what waits is read again. */
  forgetWaiting(): void {
    this.#waiting = [];
    for (const lane of this.lanes) lane.mayHold = true;
  }

  #take({ key }: Lane, [id, fields]: Found): void {
    const told = readFields(fields);
    const ack = () => this.#acks.add(key, id);
    if (typeof told !== "string") {
      this.#kind.take({ ...told, ack });
      return;
    }
    void ack();
    this.#refused(told, id);
  }
}
