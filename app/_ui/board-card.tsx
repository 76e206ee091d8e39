"use client";

import { CircleHelp, FileCheck, type LucideIcon, Puzzle } from "lucide-react";
import { memo, useState } from "react";
import { Clamped } from "#/app/_ui/clamped.tsx";
import { between, formatDuration } from "#/app/_ui/duration.ts";
import { safeUrl } from "#/app/_ui/safe-url.ts";
import { count, nameOfAgent, noteWords } from "#/app/_ui/words.ts";
import type { BoardPart, RunPart } from "#/lib/chat/parts.ts";
import type { Note, NoteKind } from "#/lib/protocol/orchestration.ts";

const icons: Record<NoteKind, LucideIcon> = { fact: FileCheck, question: CircleHelp, partial: Puzzle };

type Props = { board: BoardPart; run: RunPart | undefined };

/** So many of the newest notes are shown at once. */
const SHOWN = 6;

/** What the agents of a run told one another, in the order in which they did. */
export const BoardCard = memo(function BoardCard({ board: { notes }, run }: Props) {
  const [open, setOpen] = useState(false);
  const startedAt = run?.startedAt ?? notes[0]?.at ?? "";
  const hidden = open ? 0 : Math.max(0, notes.length - SHOWN);
  return (
    <section aria-label="Board" className="rounded-xl border bg-card px-4 py-3.5">
      <h3 className="flex items-baseline gap-2 text-[0.8125rem] font-semibold">
        Board
        <span className="font-normal text-muted">{count(notes.length, "note")}</span>
      </h3>
      {notes.length > SHOWN && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="tap -ml-1 mt-1 rounded px-1 text-[0.8125rem] font-medium text-accent hover:underline"
        >
          {open ? `Show the newest ${SHOWN} only` : `Show ${hidden} earlier`}
        </button>
      )}
      <ol aria-label="Notes" className="mt-2 divide-y">
        {notes.slice(hidden).map((note) => (
          <NoteRow key={note.id} note={note} startedAt={startedAt} />
        ))}
      </ol>
    </section>
  );
});

function NoteRow({ note, startedAt }: { note: Note; startedAt: string }) {
  const { kind, text, at, retracted } = note;
  const Icon = icons[kind];
  return (
    <li className="flex gap-2.5 py-2.5 text-sm last:pb-0">
      <Icon aria-hidden size={15} strokeWidth={2} className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2 text-xs text-muted">
          <span className="font-medium">{noteWords[kind]}</span>
          <span>by {authorOf(note)}</span>
          <time dateTime={at} title={at} className="tabular-nums">
            after {formatDuration(between(startedAt, at, 0))}
          </time>
          {retracted && <span className="font-medium text-warning">retracted</span>}
        </p>
        {retracted ? (
          <del className="mt-0.5 block leading-relaxed text-muted">{text}</del>
        ) : (
          <Clamped text={text} atMost={240} className="mt-0.5 leading-relaxed" />
        )}
        {note.source !== undefined && <NoteSource source={note.source} />}
      </div>
    </li>
  );
}

function authorOf({ author, agent }: Note): string {
  if (agent === undefined || agent === author) return author === "program" ? "the program" : nameOfAgent(author);
  return `${nameOfAgent(agent)} ${author}`;
}

function NoteSource({ source }: { source: string }) {
  const url = safeUrl(source);
  return (
    <p className="mt-0.5 text-xs text-muted">
      {url === null ? (
        <>from {source}</>
      ) : (
        <a href={url} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline">
          {url.startsWith("/") ? "Open the source" : source}
          <span className="sr-only"> (opens in a new tab)</span>
        </a>
      )}
    </p>
  );
}
