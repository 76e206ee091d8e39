import type { z } from "zod";
import { eventLine } from "#/lib/cli/event-line.ts";
import { tableLines } from "#/lib/cli/table.ts";
import { TaskNames } from "#/lib/cli/task-names.ts";
import { decodeEvent, RawEvent } from "#/lib/protocol/event.ts";

/** An event as this version knows it; a server that is newer may send fields that it does not know. */
export const LoggedEvent = RawEvent.loose();
export type LoggedEvent = z.infer<typeof LoggedEvent>;

/** Number, seconds since the first of them, type, and what happened; an unknown type keeps its line, without the words. */
export function transcriptLines(events: readonly LoggedEvent[]): string[] {
  const names = new TaskNames();
  const startedAt = Date.parse(events[0]?.at ?? "");
  return tableLines(
    events.map((logged) => {
      const event = decodeEvent(logged);
      const elapsed = ((Date.parse(logged.at) - startedAt) / 1_000).toFixed(3);
      return [
        String(logged.seq).padStart(4),
        elapsed.padStart(8),
        logged.type,
        event ? eventLine(event, names.nameFor(event)) : "",
      ];
    }),
  );
}
