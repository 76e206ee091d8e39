import type { Phase } from "#/lib/protocol/phase.ts";
import type { RunChange } from "#/lib/run/change-run.ts";
import { setPhase } from "#/lib/store/runs.ts";

/** Moves the run to another phase and records it. That the move is legal is the machine's business (lib/machine). */
export async function changePhase(change: RunChange, from: Phase, to: Phase): Promise<void> {
  await setPhase(change.db, change.run.id, to);
  change.events.push({ type: "run.phase-changed", data: { from, to } });
}
