import { SECOND, ticks, within } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";
import type { Routable } from "#/lib/graph/route.ts";
import { AgentType, type RegisteredCard } from "#/lib/protocol/agent.ts";
import type { Store } from "#/lib/store/db.ts";
import { type RegistryRows, readRegistryRows, readWorkRows, type WorkRow } from "#/lib/store/registry.ts";

/** An agent with what it says of itself, and what the record says of it. */
export type RegisteredAgent = Routable & {
  readonly card: RegisteredCard;
  readonly auctions: {
    readonly count: number;
    /** What it needed by what it had bid; null before its first auction. */
    readonly secondsRatio: number | null;
    readonly priceRatio: number | null;
  };
};

const FRESH_MS = 2_000;
/** A record of a week does not change in a minute, and asking for it looks at every task. */
const RECORD_FRESH_MS = 60_000;
const ANSWER_MS = 5 * SECOND;
const USUAL_PRIORITY = 50;

/**
 * Who there is to do a task. What was read is used for two seconds, its record for a minute, so that a burst of tasks asks once; while the database does
 * not answer, what was known before is good enough.
 */
export class Registry {
  readonly #store: Store;
  readonly #leaseMs: number;
  #known: readonly RegisteredAgent[] | undefined;
  #work: { readonly at: number; readonly rows: Promise<readonly WorkRow[]> } | undefined;
  #reading: { readonly at: number; readonly agents: Promise<readonly RegisteredAgent[]> } | undefined;

  constructor(store: Store, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  async read(): Promise<readonly RegisteredAgent[]> {
    if (this.#reading === undefined || ticks() - this.#reading.at > FRESH_MS) {
      const rows = Promise.all([readRegistryRows(this.#store.db, this.#leaseMs), this.#readWork()]);
      this.#reading = { at: ticks(), agents: within(ANSWER_MS, rows, silent).then((read) => agentsOf(...read)) };
    }
    const reading = this.#reading;
    try {
      this.#known = await reading.agents;
      // An empty one is that of a product that has only just started.
      if (this.#known.length > 0) return this.#known;
    } catch (error) {
      if (this.#known === undefined) throw error;
    }
    if (this.#reading === reading) this.#reading = undefined;
    return this.#known;
  }

  #readWork(): Promise<readonly WorkRow[]> {
    if (this.#work === undefined || ticks() - this.#work.at > RECORD_FRESH_MS) {
      const work = { at: ticks(), rows: readWorkRows(this.#store.db) };
      this.#work = work;
      work.rows.catch(() => {
        if (this.#work === work) this.#work = undefined;
      });
    }
    return this.#work.rows;
  }
}

function silent(): DeputyError {
  return new DeputyError("database-away", "The database does not answer.", { retryable: true });
}

function agentsOf({ cards, workers, live, auctions }: RegistryRows, work: readonly WorkRow[]): RegisteredAgent[] {
  return cards.flatMap((card) => {
    const type = AgentType.safeParse(card.type);
    if (!type.success) return [];
    const isOfIt = (row: { readonly agent: string }) => row.agent === type.data;
    const { completed = 0, failed = 0, meanSeconds = null } = work.find(isOfIt) ?? {};
    const { auctions: count = 0, secondsRatio = null, priceRatio = null } = auctions.find(isOfIt) ?? {};
    return {
      type: type.data,
      card,
      capabilities: card.capabilities,
      priority: card.priority ?? USUAL_PRIORITY,
      live: live.find(isOfIt)?.count ?? 0,
      workers: workers.find(isOfIt)?.count ?? 0,
      record: { completed, failed, meanSeconds },
      auctions: { count, secondsRatio, priceRatio },
    };
  });
}
