import { MessageFrames } from "#/lib/chat/message-frames.ts";
import type { RunEvent } from "#/lib/protocol/event.ts";
import type { Context } from "#/lib/run/context.ts";
import { Following, type Viewer } from "#/lib/run/follow-run.ts";
import type { LogPage } from "#/lib/store/read-tails.ts";
import { findRun } from "#/lib/store/runs.ts";

const encoder = new TextEncoder();
/** A comment: keeps proxies from closing a quiet stream, and shows a dead client. */
const keepAlive = encoder.encode(": keep-alive\n\n");
const done = encoder.encode("data: [DONE]\n\n");

/** The run from its beginning, then live, as lines of the AI SDK's UI message stream. */
export async function* streamAsMessage(context: Context, runId: string, viewer: Viewer): AsyncGenerator<Uint8Array> {
  const following = new Following(context, runId, 0, viewer);
  const frames = new MessageFrames(following.run);
  try {
    for (let page = await following.next(); page !== null; page = await following.next()) {
      if (page.events.length === 0) yield keepAlive;
      else {
        const frame = frames.of(page);
        if (frame.length > 0) yield frame;
      }
    }
    if (!viewer.signal.aborted) yield done;
  } finally {
    following.leave();
  }
}

/**
 * The run's events after a cursor, then live, as server-sent events whose id is the sequence number. It begins with a
 * comment: the headers of an answer leave with its first bytes, and the next event may be minutes away.
 */
export async function* streamAsEvents(
  context: Context,
  runId: string,
  after: number,
  viewer: Viewer,
): AsyncGenerator<Uint8Array> {
  yield keepAlive;
  const following = new Following(context, runId, after, viewer);
  try {
    for (let page = await following.next(); page !== null; page = await following.next()) {
      yield page.events.length === 0 ? keepAlive : eventFrame(page);
    }
  } finally {
    following.leave();
  }
}

/** The number of a run's newest event; null when the run is unknown. */
export async function findLastSeq(context: Context, runId: string): Promise<number | null> {
  return (await findRun(context.store.db, runId))?.lastSeq ?? null;
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
