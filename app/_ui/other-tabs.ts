"use client";

type Listener = (conversationId: string) => void;

const listeners = new Set<Listener>();
let channel: BroadcastChannel | undefined;

/** Tells the other tabs of this browser that something in a conversation is different from what they may show. */
export function tellOtherTabs(conversationId: string): void {
  open().postMessage(conversationId);
}

/** Calls `listener` with what other tabs tell, never with what this one does; returns how to stop. */
export function hearOtherTabs(listener: Listener): () => void {
  open();
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** One for the whole page: it does not hear what it says itself. */
function open(): BroadcastChannel {
  if (channel !== undefined) return channel;
  channel = new BroadcastChannel("deputy");
  channel.onmessage = ({ data }) => {
    for (const listener of listeners) listener(String(data));
  };
  return channel;
}
