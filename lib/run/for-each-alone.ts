import { messageOf } from "#/lib/errors.ts";
import type { Context } from "#/lib/run/context.ts";

const AT_ONCE = 64;

/**
 * Does `work` for each, at most 64 at once, so that changes of runs are written together. Where it throws, that is logged, and
 * is no reason to leave out the others.
 */
export async function forEachAlone<T extends { readonly id: string }>(
  context: Context,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(
      items.slice(from, from + AT_ONCE).map(async (item) => {
        try {
          await work(item);
        } catch (error) {
          context.log.warn({ id: item.id, error: messageOf(error) }, "could not reconcile this one; trying again");
        }
      }),
    );
  }
}
