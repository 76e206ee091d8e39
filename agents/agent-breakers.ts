import { SECOND } from "#/lib/clock.ts";
import { asDeputyError, DeputyError } from "#/lib/errors.ts";
import { Breaker, type BreakerSettings, type Outcome } from "#/lib/model/breaker.ts";
import { AgentType, agentTypes } from "#/lib/protocol/agent.ts";

export interface AgentBreakers {
  /** Milliseconds until it is worth handing this agent a task; 0: now. Asks nothing and reserves nothing. */
  waitMs(agent: AgentType): number;
  /**
   * Does the work and counts how it ends; throws what it throws. While the agent's breaker is open, or another task is its
   * probe, the work is not begun: throws `agent-unavailable`, retryable, with `retryAfterMs`.
   */
  execute<T>(agent: AgentType, work: () => Promise<T>): Promise<T>;
}

/** A circuit breaker for each type of agent. Every process has its own. */
export function openAgentBreakers(settings: BreakerSettings): AgentBreakers {
  const breakers = new Map(agentTypes.map((type) => [type, new Breaker(settings)]));
  const breakerOf = (agent: AgentType) => {
    const breaker = breakers.get(agent);
    if (breaker === undefined) throw new Error(`no breaker for the agent ${agent}`);
    return breaker;
  };
  return {
    waitMs: (agent) => breakerOf(agent).waitMs,
    execute: (agent, work) => guarded(breakerOf(agent), agent, settings, work),
  };
}

/**
 * Who does the tasks of an agent that `isOut` says cannot: the first of its chain who can, followed over several hops; null
 * when there is nobody. It is for `isOut` to say that an agent which this worker does not run is out, too.
 */
export function standIn(
  chain: readonly { readonly from: string; readonly to: string }[],
  agent: AgentType,
  isOut: (agent: AgentType) => boolean,
): AgentType | null {
  const seen = new Set<string>([agent]);
  for (const out of seen) {
    for (const { to } of chain.filter(({ from }) => from === out)) {
      const known = AgentType.safeParse(to);
      if (known.success && !seen.has(to) && !isOut(known.data)) return known.data;
      seen.add(to);
    }
  }
  return null;
}

async function guarded<T>(
  breaker: Breaker,
  agent: AgentType,
  settings: BreakerSettings,
  work: () => Promise<T>,
): Promise<T> {
  const pass = breaker.enter();
  if (pass === null) throw unavailable(agent, breaker, settings);
  try {
    const result = await work();
    await pass.settle("succeeded");
    return result;
  } catch (error) {
    await pass.settle(outcomeOf(error));
    throw error;
  }
}

/** Somebody else's fault: a claim that went to another worker, and models, which have breakers of their own. */
const notTheAgents = ["claim-lost", "model-unavailable", "model-left-alone", "model-stalled"];

/** What an agent throws that is no DeputyError counts as retryable. */
function outcomeOf(thrown: unknown): Outcome {
  const { code, retryable } = asDeputyError(thrown, "unexpected", true);
  return retryable && !notTheAgents.includes(code) ? "failed" : "nothing";
}

function unavailable(agent: AgentType, { failures, waitMs }: Breaker, { openMs }: BreakerSettings): DeputyError {
  const times = failures === 1 ? "once" : `${failures} times in a row`;
  const message = `The ${agent} agent failed ${times}; it is left alone for ${openMs / SECOND} s.`;
  return new DeputyError("agent-unavailable", message, { retryable: true, retryAfterMs: waitMs });
}
