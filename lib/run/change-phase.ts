import type { Phase } from "#/lib/protocol/phase.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/**
 * Moves the run to another phase and records it; the only writer of the phase. That the move is legal is the machine's
 * business (lib/machine).
 */
export function changePhase(change: RunChange, from: Phase, to: Phase): void {
  change.setRun({ phase: to });
  change.events.push({ type: "run.phase-changed", data: { from, to } });
}
