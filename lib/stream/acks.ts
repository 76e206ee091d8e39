import type { Doorbell } from "#/lib/stream/doorbell.ts";
import { consumerGroup } from "#/lib/stream/keys.ts";
import type { Command } from "#/lib/stream/line.ts";

/**
 * Acks of one tick, for each stream together. What is acked is deleted at once, so that a stream is as long as what is not
 * yet claimed. Never throws: an entry whose ack was lost is handed out again, and its claim is refused.
 */
export class Acks {
  readonly #doorbell: Doorbell;
  #waiting = new Map<string, string[]>();
  #sent: Promise<void> | null = null;

  constructor(doorbell: Doorbell) {
    this.#doorbell = doorbell;
  }

  add(key: string, id: string): Promise<void> {
    const ids = this.#waiting.get(key);
    if (ids === undefined) this.#waiting.set(key, [id]);
    else ids.push(id);
    this.#sent ??= new Promise((resolve) => process.nextTick(() => resolve(this.#send())));
    return this.#sent;
  }

  async #send(): Promise<void> {
    const commands = [...this.#waiting].flatMap(([key, ids]): Command[] => [
      ["xack", key, consumerGroup, ...ids],
      ["xdel", key, ...ids],
    ]);
    this.#waiting = new Map();
    this.#sent = null;
    try {
      await this.#doorbell.line.send(commands);
    } catch (error) {
      this.#doorbell.trouble.report(error, "could not ack; what was claimed is handed out again, and refused");
    }
  }
}
