"use client";

import { PanelLeft, PanelLeftClose, SquarePen, X } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useRef, useState } from "react";
import { messageBoxId } from "#/app/_ui/composer.tsx";
import {
  ConversationIndexProvider,
  type ConversationItem,
  useConversationIndex,
} from "#/app/_ui/conversation-index.tsx";
import { ConversationList } from "#/app/_ui/conversation-list.tsx";
import { DeputyMark } from "#/app/_ui/deputy-mark.tsx";
import { IconButton } from "#/app/_ui/icon-button.tsx";

type Props = { conversations: readonly ConversationItem[]; sidebarOpen: boolean; children: ReactNode };

/** The frame around every conversation: the list at the side (a drawer on phones), the header, the page. */
export function Shell({ conversations, sidebarOpen, children }: Props) {
  const [open, setOpen] = useState(sidebarOpen);
  const drawer = useRef<HTMLDialogElement>(null);
  const toggle = () => {
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is not in every browser
    document.cookie = `deputy-sidebar=${open ? "closed" : "open"};path=/;max-age=31536000;samesite=lax`;
    setOpen(!open);
  };
  return (
    <ConversationIndexProvider initial={conversations}>
      <div className="flex h-dvh">
        <SkipLink />
        {open && <Sidebar onCollapse={toggle} />}
        <div className="flex min-w-0 flex-1 flex-col">
          <Header sidebarOpen={open} onExpand={toggle} onMenu={() => drawer.current?.showModal()} />
          {children}
        </div>
      </div>
      <Drawer ref={drawer} onClose={() => drawer.current?.close()} />
    </ConversationIndexProvider>
  );
}

function SkipLink() {
  return (
    <a
      href={`#${messageBoxId}`}
      className="sr-only rounded-lg bg-card px-3 py-2 text-sm font-medium focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-10 focus:shadow-raised"
    >
      Skip to the message box
    </a>
  );
}

function Sidebar({ onCollapse }: { onCollapse: () => void }) {
  return (
    <aside aria-label="Sidebar" className="hidden w-72 shrink-0 flex-col border-r bg-sidebar lg:flex">
      <div className="flex h-14 items-center justify-between pr-3 pl-5">
        <Brand />
        <IconButton icon={PanelLeftClose} label="Hide conversations" onClick={onCollapse} />
      </div>
      <ConversationList />
    </aside>
  );
}

function Drawer({ ref, onClose }: { ref: React.RefObject<HTMLDialogElement | null>; onClose: () => void }) {
  return (
    <dialog
      ref={ref}
      aria-label="Conversations"
      closedby="any"
      className="fixed inset-y-0 left-0 m-0 h-dvh max-h-none w-[min(20rem,85vw)] max-w-none bg-sidebar text-foreground shadow-raised lg:hidden"
    >
      <div className="flex h-full flex-col pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]">
        <div className="flex h-14 shrink-0 items-center justify-between pr-2 pl-5">
          <Brand />
          <IconButton icon={X} label="Close" onClick={onClose} />
        </div>
        <ConversationList onChoose={onClose} />
      </div>
    </dialog>
  );
}

type HeaderProps = { sidebarOpen: boolean; onExpand: () => void; onMenu: () => void };

function Header({ sidebarOpen, onExpand, onMenu }: HeaderProps) {
  const pathname = usePathname();
  const title = useConversationIndex().items.find((item) => pathname === `/c/${item.id}`)?.title;
  const router = useRouter();
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 border-b px-2 pt-[env(safe-area-inset-top)] lg:px-4">
      <IconButton icon={PanelLeft} label="Conversations" onClick={onMenu} className="lg:hidden" />
      {!sidebarOpen && (
        <IconButton icon={PanelLeft} label="Show conversations" onClick={onExpand} className="hidden lg:inline-flex" />
      )}
      <h1 className="min-w-0 flex-1 truncate px-2 text-sm font-medium">{title ?? "Deputy"}</h1>
      <IconButton
        icon={SquarePen}
        label="New conversation"
        onClick={() => router.push("/")}
        className={sidebarOpen ? "lg:hidden" : ""}
      />
    </header>
  );
}

function Brand() {
  return (
    <Link href="/" prefetch={false} className="flex items-center gap-2.5 rounded-md font-semibold tracking-tight">
      <DeputyMark />
      Deputy
    </Link>
  );
}
