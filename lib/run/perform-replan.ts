import type { ReplanAction } from "#/lib/protocol/action.ts";
import type { EventData } from "#/lib/protocol/event.ts";
import { faultOfReplan } from "#/lib/run/fault-of-replan.ts";
import { applyReplan, type Planned, type Replan } from "#/lib/run/replan.ts";
import type { RunChange } from "#/lib/run/run-change.ts";

/** A REPLAN of the main agent as a change of the plan. */
export function replanOf({ drop, change, reason }: ReplanAction): Replan {
  const { id, agentType, ...given } = change ?? { id: "" };
  const words = { ...given, ref: id, ...(agentType !== undefined && { agent: agentType }) };
  const shared = { by: "main", drop, add: [], ...(reason !== undefined && { reason }) } as const;
  return { ...shared, change: change === undefined ? [] : [words] };
}

/**
 * Carries a REPLAN out inside of a change of the run, and records it: accepted, or refused, when a task has started since the
 * block was read. True when it was accepted.
 */
export function performReplan(
  change: RunChange,
  action: ReplanAction,
  accepted: EventData<"action.accepted">,
  known: Omit<Planned, "acceptedSeq">,
): boolean {
  const planned = { ...known, acceptedSeq: change.nextSeq };
  const replan = replanOf(action);
  const fault = faultOfReplan(change, replan, planned);
  if (fault === null) {
    change.events.push({ type: "action.accepted", data: accepted });
    applyReplan(change, replan, planned);
    return true;
  }
  const { action: _, normalised: __, phase: ___, ...shared } = accepted;
  change.events.push({ type: "action.refused", data: { ...shared, code: fault.refusal, message: fault.message } });
  return false;
}
