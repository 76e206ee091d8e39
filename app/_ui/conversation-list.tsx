"use client";

import { SquarePen, Trash2 } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useState } from "react";
import { type ConversationItem, useConversationIndex } from "#/app/_ui/conversation-index.tsx";
import { DeleteDialog } from "#/app/_ui/delete-dialog.tsx";
import { writeDraft } from "#/app/_ui/draft.ts";
import { formatAgo } from "#/app/_ui/duration.ts";
import { IconButton } from "#/app/_ui/icon-button.tsx";
import { tellOtherTabs } from "#/app/_ui/other-tabs.ts";
import { useNow } from "#/app/_ui/use-now.ts";

/** The conversations, newest first, and the way to a new one. `onChoose` is called when one was chosen. */
export function ConversationList({ onChoose }: { onChoose?: () => void }) {
  const { items, refresh } = useConversationIndex();
  const [doomed, setDoomed] = useState<ConversationItem | null>(null);
  const pathname = usePathname();
  const router = useRouter();
  const leave = async (deleted: ConversationItem) => {
    writeDraft(deleted.id, "");
    tellOtherTabs(deleted.id);
    if (pathname === `/c/${deleted.id}`) router.push("/");
    await refresh();
  };
  return (
    <nav aria-label="Conversations" className="flex min-h-0 flex-1 flex-col">
      <div className="px-3 pb-2">
        <Link
          href="/"
          prefetch={false}
          onClick={onChoose}
          className="tap flex items-center gap-2.5 rounded-lg border bg-card px-3 py-2 text-sm font-medium transition-colors hover:border-border-strong"
        >
          <SquarePen aria-hidden size={16} strokeWidth={1.75} className="text-muted" />
          New conversation
        </Link>
      </div>
      {items.length === 0 ? (
        <p className="px-6 py-3 text-sm text-muted">What you ask is kept here.</p>
      ) : (
        <ul className="min-h-0 flex-1 space-y-px overflow-auto px-3 py-1 pb-4">
          {items.map((item) => (
            <Row
              key={item.id}
              item={item}
              current={pathname === `/c/${item.id}`}
              onChoose={onChoose}
              onDelete={() => setDoomed(item)}
            />
          ))}
        </ul>
      )}
      <DeleteDialog conversation={doomed} onClose={() => setDoomed(null)} onDeleted={leave} />
    </nav>
  );
}

type RowProps = { item: ConversationItem; current: boolean; onChoose: (() => void) | undefined; onDelete: () => void };

function Row({ item, current, onChoose, onDelete }: RowProps) {
  return (
    <li
      className={`group relative flex items-center rounded-lg transition-colors ${current ? "bg-subtle" : "hover:bg-subtle"}`}
    >
      <Link
        href={`/c/${item.id}`}
        prefetch={false}
        onClick={onChoose}
        aria-current={current ? "page" : undefined}
        className="tap flex min-w-0 flex-1 items-center gap-2 rounded-lg py-1.5 pr-2.5 pl-3 text-sm"
      >
        <span className={`min-w-0 flex-1 truncate ${current ? "font-medium" : ""}`}>{item.title}</span>
        {item.active ? <ActiveDot /> : <Ago at={item.updatedAt} />}
      </Link>
      <IconButton
        icon={Trash2}
        label={`Delete ${item.title}`}
        onClick={onDelete}
        className="mr-0.5 pointer-fine:absolute pointer-fine:right-0 pointer-fine:bg-subtle pointer-fine:opacity-0 pointer-fine:focus-visible:opacity-100 pointer-fine:group-hover:opacity-100"
      />
    </li>
  );
}

function ActiveDot() {
  return (
    <span className="flex items-center gap-1.5 text-xs text-accent">
      <span aria-hidden className="breathe size-2 rounded-full bg-accent" />
      <span className="sr-only">running</span>
    </span>
  );
}

function Ago({ at }: { at: string }) {
  const nowMs = useNow(true, 30_000);
  return (
    <time dateTime={at} className="shrink-0 text-xs tabular-nums text-muted">
      {nowMs === null ? "" : formatAgo(at, nowMs)}
    </time>
  );
}
