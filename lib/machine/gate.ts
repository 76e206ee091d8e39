import { allowedActions, phaseAfter } from "#/lib/machine/phases.ts";
import type { ActionKind } from "#/lib/protocol/action.ts";
import type { Gate, Refusal } from "#/lib/protocol/gate.ts";
import type { Phase } from "#/lib/protocol/phase.ts";

/** A gate that knows the phases and nothing else: it takes every action that its phase allows, and moves on with it. */
export function phaseGate(start: Phase): Gate & { readonly phase: Phase } {
  let phase = start;
  return {
    get phase() {
      return phase;
    },
    refuses: (kind) => (allowedActions[phase].includes(kind) ? null : notAllowed(kind, phase)),
    admit(action) {
      phase = phaseAfter(phase, action);
      return null;
    },
  };
}

function notAllowed(kind: ActionKind, phase: Phase): Refusal {
  const allowed = allowedActions[phase].map((known) => known.toUpperCase()).join(", ");
  return {
    code: `not-allowed-in-${phase}`,
    message: `${kind.toUpperCase()} is not allowed in ${phase}; this phase allows ${allowed}.`,
  };
}
