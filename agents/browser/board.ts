import type { Board } from "#/lib/protocol/orchestration.ts";
import type { TaskResult } from "#/lib/protocol/result.ts";

const MAX_NOTE_CHARACTERS = 600;

/** What was found on the page, for others to read: its quotes with its address, or, without any, how it begins. */
export async function postFound(board: Board, { evidence, page, text }: TaskResult): Promise<void> {
  const source = page?.finalUrl.slice(0, 2_000);
  const kind = evidence.length > 0 ? "fact" : "partial";
  const texts = evidence.length > 0 ? evidence.map(({ claim }) => claim) : [text];
  for (const one of texts) {
    const note = one.slice(0, MAX_NOTE_CHARACTERS).toWellFormed();
    await board.post({ kind, text: note, ...(source !== undefined && { source }) });
  }
}
