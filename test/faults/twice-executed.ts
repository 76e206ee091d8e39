import type { Stack } from "#/test/faults/stack.ts";

/** Where nobody was killed, stopped or cut off: what an agent was given more than once. */
export function twiceExecuted(stack: Stack): string[] {
  return stack.ledger.flatMap(({ order: { nonce, tasks } }) =>
    tasks.flatMap(({ ref }) => {
      const { length } = stack.effects.of("task", nonce, ref);
      return length > 1 ? [`${nonce}/${ref} was executed ${length} times`] : [];
    }),
  );
}
