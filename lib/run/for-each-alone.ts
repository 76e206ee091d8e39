import { messageOf } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";

/** Does `work` for one after another. Where it throws, that is logged, and is no reason to leave out the others. */
export async function forEachAlone<T extends { readonly id: string }>(
  context: Context,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      context.log.warn({ id: item.id, error: messageOf(error) }, "could not reconcile this one; trying again");
    }
  }
}
