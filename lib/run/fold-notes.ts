import type { EventType, RunEvent } from "#/lib/protocol/event.ts";
import type { Note } from "#/lib/protocol/orchestration.ts";

/** The types of events that `foldNotes` needs to see. */
export const noteEvents: readonly EventType[] = ["task.created", "note.posted", "note.retracted"];

/** The notes of a run, oldest first, and the number of the last event that changed them. */
export type BoardNotes = {
  /** `taskId` is the author's; without one the program's. */
  readonly notes: readonly { readonly taskId: string | undefined; readonly note: Note }[];
  readonly seq: number;
};

/** What stands on the board, from the log. Nobody retracts what somebody else posted, whatever the log says. */
export function foldNotes(events: readonly RunEvent[]): BoardNotes {
  const refs = new Map<string, string>();
  const notes = new Map<string, { taskId: string | undefined; note: Note }>();
  let seq = 0;
  for (const event of events) {
    if (event.type === "task.created" && event.taskId !== undefined) refs.set(event.taskId, event.data.ref);
    if (event.type === "note.posted") {
      const { noteId, ...words } = event.data;
      const author = event.taskId === undefined ? "program" : (refs.get(event.taskId) ?? event.taskId);
      const note = { ...words, id: noteId, author, agent: event.agent, at: event.at, retracted: false };
      if (!notes.has(noteId)) notes.set(noteId, { taskId: event.taskId, note });
      seq = event.seq;
    }
    if (event.type === "note.retracted") {
      const known = notes.get(event.data.noteId);
      if (known?.taskId === event.taskId && known) known.note = { ...known.note, retracted: true };
      seq = event.seq;
    }
  }
  return { notes: [...notes.values()], seq };
}
