import type { EventOf, EventType, RunEvent } from "#/lib/protocol/event.ts";

/** The events of this type, in order. */
export function all<T extends EventType>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> & RunEvent => event.type === type);
}
