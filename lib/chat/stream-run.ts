import { MessageFrames } from "#/lib/chat/message-frames.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { Following, type Viewer } from "#/lib/run/follow-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";
import { type LogHead, readLogHead } from "#/lib/store/runs.ts";

const encoder = new TextEncoder();
/** A comment: keeps proxies from closing a quiet stream, and shows a dead client. */
const keepAlive = encoder.encode(": keep-alive\n\n");
const done = encoder.encode("data: [DONE]\n\n");

/** What one viewer is sent. Frames that several viewers are sent are the same objects. */
export type Frames = {
  /** The next frame, never an empty one; undefined when there is none yet, and the viewer is told when there may be; null at the end. */
  take(): Uint8Array | null | undefined;
  /** Nothing is taken any more. */
  leave(): void;
};

/** The run from its beginning, then live, as lines of the AI SDK's UI message stream. */
export function streamAsMessage(context: Context, runId: string, viewer: Viewer): Frames {
  const following = new Following(context, runId, 0, viewer);
  const frames = new MessageFrames(following.run);
  return new PageFrames(following, (page) => frames.of(page), { last: done });
}

/**
 * The run's events after a cursor, then live, as server-sent events whose id is the sequence number. It begins with a
 * comment: the next event may be minutes away.
 */
export function streamAsEvents(context: Context, runId: string, after: number, viewer: Viewer): Frames {
  return new PageFrames(new Following(context, runId, after, viewer), eventFrame, { first: keepAlive });
}

/** How far the run's log goes; null when the run is unknown. */
export function findLogHead(context: Context, runId: string): Promise<LogHead | null> {
  return readLogHead(context.store, runId);
}

type Ends = { readonly first?: Uint8Array; readonly last?: Uint8Array };

class PageFrames implements Frames {
  readonly #following: Following;
  readonly #encode: (page: LogPage) => Uint8Array;
  #first: Uint8Array | undefined;
  #last: Uint8Array | undefined;

  constructor(following: Following, encode: (page: LogPage) => Uint8Array, { first, last }: Ends) {
    this.#following = following;
    this.#encode = encode;
    this.#first = first;
    this.#last = last;
  }

  take(): Uint8Array | null | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#next();
  }

  leave(): void {
    this.#following.leave();
  }

  #next(): Uint8Array | null | undefined {
    for (;;) {
      const page = this.#following.take();
      if (page === undefined) return undefined;
      if (page === null) return this.#end();
      const frame = page.events.length === 0 ? keepAlive : this.#encode(page);
      if (frame.length > 0) return frame;
    }
  }

  #end(): Uint8Array | null {
    const last = this.#last ?? null;
    this.#last = undefined;
    return last;
  }
}

/** Each page is encoded once, whatever number of viewers it is sent to. */
const eventFrames = new WeakMap<LogPage, Uint8Array>();

function eventFrame(page: LogPage): Uint8Array {
  const known = eventFrames.get(page);
  if (known !== undefined) return known;
  const frame = encoder.encode(page.events.map(eventLine).join(""));
  eventFrames.set(page, frame);
  return frame;
}

function eventLine(event: RunEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}
