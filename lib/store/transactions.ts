import type { ReservedSql, Sql } from "postgres";
import { sleep } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

const REOPEN_AFTER_MS = 250;
const CLOSE_SECONDS = 5;

/** One connection, the only one of its client. */
type Line = {
  readonly client: Sql;
  readonly sql: ReservedSql;
  /**
   * Fails when the connection is lost before `work` has settled. Nothing is left of it afterwards: the connection may serve
   * millions.
   */
  readonly unlessLost: <T>(work: Promise<T>) => Promise<T>;
  readonly isLost: () => boolean;
  readonly lose: () => void;
};

/** Gives a client of one connection; `onLost` is called whenever that is closed. */
export type OpenClient = (onLost: () => void) => Sql;

/**
 * Connections for transactions, at most `max`, each used by one at a time until it is lost and never again. The driver's own
 * `begin` and `reserve` go on with a lost connection: their rollback is written to a socket that is not there any more, out of
 * a timer, where nobody can catch what that throws.
 */
export class Transactions {
  readonly #open: OpenClient;
  readonly #max: number;
  readonly #lines = new Set<Line>();
  readonly #idle: Line[] = [];
  readonly #waiting: (() => void)[] = [];
  #opening = 0;
  #isClosed = false;

  constructor(open: OpenClient, max: number) {
    this.#open = open;
    this.#max = max;
  }

  /** Commits when `work` resolves, and rolls back when it rejects. Fails at once when the connection is lost. */
  begin<T>(work: (sql: ReservedSql) => T | Promise<T>): Promise<T> {
    return this.alone(async (sql) => {
      await sql.unsafe("begin");
      const result = await work(sql);
      const { command } = await sql.unsafe("commit");
      if (command !== "COMMIT") throw new Error("a statement of the transaction failed, and nobody said so");
      return result;
    });
  }

  /**
   * Work on a connection that nobody else uses meanwhile; when it rejects, a transaction that it has begun is rolled back. Fails
   * at once when the connection is lost, and whatever is asked of it later is refused.
   */
  async alone<T>(work: (sql: ReservedSql) => Promise<T>): Promise<T> {
    const line = await this.#take();
    try {
      return await line.unlessLost(orRollBack(guarded(line), work));
    } finally {
      this.#give(line);
    }
  }

  /** Gives up every connection; what is under way on one fails. */
  renew(): void {
    for (const line of this.#lines) line.lose();
  }

  /** Waits for what is under way, but no more than 5 s; what is asked later is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    const patience = (line: Line) => (this.#idle.includes(line) ? 0 : CLOSE_SECONDS);
    await Promise.all([...this.#lines].map((line) => line.client.end({ timeout: patience(line) })));
  }

  async #take(): Promise<Line> {
    for (;;) {
      if (this.#isClosed) throw new DeputyError("database-away", "The connections to the database are closed.");
      const line = this.#idle.pop();
      if (line !== undefined) return line;
      if (this.#lines.size + this.#opening < this.#max) return this.#add();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #give(line: Line): void {
    if (line.isLost()) return;
    this.#idle.push(line);
    this.#waiting.shift()?.();
  }

  async #add(): Promise<Line> {
    this.#opening += 1;
    try {
      const line = await openLine(this.#open, () => this.#remove(line));
      this.#lines.add(line);
      return line;
    } catch (error) {
      await sleep(REOPEN_AFTER_MS);
      this.#waiting.shift()?.();
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #remove(line: Line): void {
    this.#lines.delete(line);
    const at = this.#idle.indexOf(line);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#waiting.shift()?.();
  }
}

/** A connection that answers. The driver's `reserve` loses callers while it connects, so it is asked afterwards. */
async function openLine(open: OpenClient, onLost: () => void): Promise<Line> {
  const waiting = new Set<(error: Error) => void>();
  let state: "opening" | "open" | "lost" = "opening";
  const lose = () => {
    if (state === "lost") return;
    if (state === "open") onLost();
    state = "lost";
    for (const fail of waiting) fail(connectionLost());
    void client.end({ timeout: 0 });
  };
  const isLost = () => state === "lost";
  const unlessLost = <T>(work: Promise<T>) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (isLost()) reject(connectionLost());
    else waiting.add(reject);
    work.then(resolve, reject).finally(() => waiting.delete(reject));
    return promise;
  };
  const client = open(lose);
  try {
    await unlessLost(client`select`);
    // It may be lost before it is answered here, and nobody would ever answer then.
    const sql = await unlessLost(client.reserve());
    if (isLost()) throw connectionLost();
    state = "open";
    return { client, sql, unlessLost, isLost, lose };
  } catch (error) {
    void client.end({ timeout: 0 });
    throw error;
  }
}

function connectionLost(): DeputyError {
  return new DeputyError("database-away", "The connection to the database was lost.", { retryable: true });
}

/**
 * A lost connection's statements are given to its client, which has ended and refuses them. The driver forgets those that it
 * had not sent yet.
 */
function guarded({ client, sql, isLost }: Line): ReservedSql {
  const target = () => (isLost() ? client : sql);
  return new Proxy(sql, {
    apply: (_, self, args) => Reflect.apply(target(), self, args),
    get: (_, key) => Reflect.get(target(), key),
  });
}

async function orRollBack<T>(sql: ReservedSql, work: (sql: ReservedSql) => Promise<T>): Promise<T> {
  try {
    return await work(sql);
  } catch (error) {
    await sql.unsafe("rollback").catch(() => undefined);
    throw error;
  }
}
