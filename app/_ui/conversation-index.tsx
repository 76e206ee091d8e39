"use client";

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { callApi } from "#/app/_ui/conversation-transport.ts";
import { hearOtherTabs } from "#/app/_ui/other-tabs.ts";
import { isSeen, onSeenAgain } from "#/app/_ui/seen-again.ts";

/** A conversation as the list shows it. */
export type ConversationItem = {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** A run of it is active. */
  readonly active: boolean;
};

type ConversationIndex = {
  readonly items: readonly ConversationItem[];
  /** Reads the list again; what cannot be read leaves it as it is. */
  readonly refresh: () => Promise<void>;
};

const Index = createContext<ConversationIndex>({ items: [], refresh: async () => {} });

export const useConversationIndex = () => useContext(Index);

/**
 * Keeps the list of conversations: as the server rendered it, read again on demand, when the page is seen again, when another
 * tab has changed something, and while something runs.
 */
export function ConversationIndexProvider({
  initial,
  children,
}: {
  initial: readonly ConversationItem[];
  children: ReactNode;
}) {
  const [items, setItems] = useState(initial);
  const refresh = useCallback(async () => {
    const fresh = await readItems();
    if (fresh !== null) setItems(fresh);
  }, []);
  useRefreshWhile(
    items.some((item) => item.active),
    refresh,
  );
  const value = useMemo(() => ({ items, refresh }), [items, refresh]);
  return <Index value={value}>{children}</Index>;
}

function useRefreshWhile(active: boolean, refresh: () => Promise<void>) {
  useEffect(() => {
    const refreshIfSeen = () => {
      if (isSeen()) void refresh();
    };
    const stops = [onSeenAgain(refreshIfSeen), hearOtherTabs(refreshIfSeen)];
    const timer = active ? setInterval(refreshIfSeen, 5_000) : undefined;
    return () => {
      for (const stop of stops) stop();
      clearInterval(timer);
    };
  }, [active, refresh]);
}

async function readItems(): Promise<ConversationItem[] | null> {
  try {
    const answer = (await callApi("GET", "/api/conversations")) as { conversations: ConversationItem[] };
    return answer.conversations;
  } catch {
    return null;
  }
}
