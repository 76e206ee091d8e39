"use client";

import { usePathname } from "next/navigation";
import { useState } from "react";
import { v7 as newId } from "uuid";
import { Conversation } from "#/app/_ui/conversation.tsx";

/**
 * A new conversation. Once its first message is taken the address becomes `/c/<id>` without a navigation, so this page
 * also stands for the conversations that began on it, when the person comes back to them.
 */
export function StartPage({ offline }: { offline: boolean }) {
  const pathname = usePathname();
  const begun = pathname.startsWith("/c/") ? decodeURIComponent(pathname.slice(3)) : null;
  const [next, setNext] = useState(() => ({ id: newId(), taken: false }));
  if (begun === next.id && !next.taken) setNext({ ...next, taken: true });
  if (begun === null && next.taken) setNext({ id: newId(), taken: false });
  const id = begun ?? next.id;
  return <Conversation key={id} id={id} offline={offline} messages={[]} activeRunId={null} stale={begun !== null} />;
}
