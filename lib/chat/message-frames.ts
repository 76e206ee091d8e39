import { type DeputyChunk, MessageFold } from "#/lib/chat/to-chunks.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { LiveRun } from "#/lib/run/follow/live-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";

const encoder = new TextEncoder();

/**
 * A viewer's fold of a run into lines of the AI SDK's UI message stream. Until he has caught up it is his own; from then on
 * all viewers of the run share one, and each page is folded and encoded once.
 */
export class MessageFrames {
  readonly #run: LiveRun;
  #own: MessageFold | undefined = new MessageFold();

  constructor(run: LiveRun) {
    this.#run = run;
  }

  /** The lines of the page that follows the one before. */
  of(page: LogPage): Uint8Array {
    const known = shared.get(this.#run)?.get(page);
    if (known !== undefined) {
      this.#own = undefined;
      return known;
    }
    if (this.#own === undefined) throw new Error("a shared page was not kept for as long as it was needed");
    const frame = encode(this.#own, page.events);
    if (page.last === this.#run.head && !shared.has(this.#run)) share(this.#run, this.#own);
    return frame;
  }
}

/** What was folded of each run by the fold that its viewers share; goes when the run and the page are forgotten. */
const shared = new WeakMap<LiveRun, WeakMap<LogPage, Uint8Array>>();

function share(run: LiveRun, fold: MessageFold): void {
  const frames = new WeakMap<LogPage, Uint8Array>();
  run.watchers.add((page) => frames.set(page, encode(fold, page.events)));
  shared.set(run, frames);
}

function encode(fold: MessageFold, events: readonly RunEvent[]): Uint8Array {
  const lines = merged(events.flatMap((event) => fold.push(event))).map(
    (chunk) => `data: ${JSON.stringify(chunk)}\n\n`,
  );
  return encoder.encode(lines.join(""));
}

/** Neighbouring deltas of one part as one: a client rebuilds its message for every chunk. */
function merged(chunks: readonly DeputyChunk[]): DeputyChunk[] {
  const out: DeputyChunk[] = [];
  for (const chunk of chunks) {
    const last = out.at(-1);
    const isDelta = chunk.type === "text-delta" || chunk.type === "reasoning-delta";
    if (isDelta && last?.type === chunk.type && last.id === chunk.id) {
      out[out.length - 1] = { ...last, delta: last.delta + chunk.delta };
    } else out.push(chunk);
  }
  return out;
}
