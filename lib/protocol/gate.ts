import type { Action, ActionKind } from "#/lib/protocol/action.ts";
import type { RefusalCode } from "#/lib/protocol/refusal.ts";

export type Refusal = { readonly code: RefusalCode; readonly message: string };

/**
 * What the parser asks while it reads. `refuses` comes early: may a block of this kind stand here at all? `admit` comes
 * last, with a block that has no other fault: it either takes the action (and moves on, so that the next block of the
 * same output meets the phase after it) or says why the run does not take it.
 */
export interface Gate {
  refuses(kind: ActionKind): Refusal | null;
  admit(action: Action): Refusal | null;
}
