import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Shell } from "#/app/_ui/shell.tsx";
import { fromDatabase } from "#/app/context.ts";
import { listConversations } from "#/lib/chat/conversation.ts";

export default async function ChatLayout({ children }: { children: ReactNode }) {
  const [conversations, jar] = await Promise.all([fromDatabase(listConversations), cookies()]);
  return (
    <Shell conversations={conversations} sidebarOpen={jar.get("deputy-sidebar")?.value !== "closed"}>
      {children}
    </Shell>
  );
}
