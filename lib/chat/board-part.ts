import type { BoardPart, TaskPart } from "#/lib/chat/parts.ts";
import type { EventOf } from "#/lib/protocol/event.ts";

/** The board behind an event; `author` is the task that posted, undefined for a program and for the main agent. */
export function changedBoard(
  board: BoardPart,
  event: EventOf<"note.posted"> | EventOf<"note.retracted">,
  author: TaskPart | undefined,
): BoardPart {
  const { noteId } = event.data;
  if (event.type === "note.retracted") {
    return { notes: board.notes.map((note) => (note.id === noteId ? { ...note, retracted: true } : note)) };
  }
  if (board.notes.some((note) => note.id === noteId)) return board;
  const { noteId: id, ...posted } = event.data;
  const who = { author: author?.ref ?? event.agent ?? "program", ...(event.agent && { agent: event.agent }) };
  return { notes: [...board.notes, { ...posted, id, ...who, at: event.at, retracted: false }] };
}
