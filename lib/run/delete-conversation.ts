import { DeputyError } from "#/lib/errors.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import type { Context } from "#/lib/run/context.ts";
import { deleteConversation as deleteRow, findConversation } from "#/lib/store/conversations.ts";
import { findNewestRun } from "#/lib/store/runs.ts";

/** Cancels what runs, then deletes the conversation with all its runs and their logs. */
export async function deleteConversation(context: Context, id: string): Promise<void> {
  if ((await findConversation(context.store.db, id)) === null) {
    throw new DeputyError("conversation-unknown", `There is no conversation ${id}.`);
  }
  const newest = await findNewestRun(context.store.db, id);
  if (newest?.status === "active") {
    await cancelRun(context, newest.id, { by: "user", reason: "The conversation was deleted." });
  }
  await deleteRow(context.store.db, id);
}
