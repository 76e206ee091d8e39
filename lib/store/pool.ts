import type { ReservedSql, Sql } from "postgres";
import { connect, type ServerSettings, type Watch } from "#/lib/store/connect.ts";
import { Transactions } from "#/lib/store/transactions.ts";

/** What is given to a connection that is just going away is lost, and is told so only when its client ends. */
const DRAIN_SECONDS = 1;
const CLOSE_SECONDS = 5;

export type Pool = {
  /** Serves statements and `begin` for as long as the pool is open; use `alone` instead of `reserve`. */
  readonly sql: Sql;
  alone: Transactions["alone"];
  /** Gives up every connection; what is under way fails, and what is asked next has new ones. */
  renew(): void;
  /** Waits for what is under way, but no more than 5 s. */
  close(): Promise<void>;
};

/**
 * Connections that are never used again once they are lost. The driver (postgres.js 3.4) would: it keeps what it had not yet
 * written to such a connection, and whoever is given it next waits for the connect timeout, several times in a row. Statements
 * share one client of the driver, which is replaced when a connection of it that had worked is gone; transactions have
 * clients of their own. Nothing connects before it is needed.
 */
export function openPool(
  databaseUrl: string,
  max: { readonly statements: number; readonly transactions: number },
  settings: ServerSettings = {},
): Pool {
  let isClosed = false;
  let first: Sql | undefined;
  let statements = openStatements();
  first = statements;
  const transactions = new Transactions((onclose) => open(1, { onclose }), max.transactions);

  function openStatements(): Sql {
    let hasWorked = false;
    const client = open(max.statements, {
      onparameter: () => {
        hasWorked = true;
      },
      onclose: () => {
        if (hasWorked && !isClosed && client === statements) replaceStatements(DRAIN_SECONDS);
      },
    });
    return client;
  }

  function replaceStatements(drainSeconds: number): void {
    const old = statements;
    statements = openStatements();
    void old.end({ timeout: drainSeconds });
  }

  /** It reads and writes types as the first one was told to: drizzle changes that. */
  function open(count: number, watch: Watch): Sql {
    const client = connect(databaseUrl, count, settings, watch);
    Object.assign(client.options.parsers, first?.options.parsers);
    Object.assign(client.options.serializers, first?.options.serializers);
    return client;
  }

  async function close(): Promise<void> {
    isClosed = true;
    await Promise.all([statements.end({ timeout: CLOSE_SECONDS }), transactions.close()]);
  }

  const own = {
    begin: <T>(work: (sql: ReservedSql) => T | Promise<T>) => transactions.begin(work),
    end: close,
  };
  return {
    sql: new Proxy(first, {
      apply: (_, self, args) => Reflect.apply(statements, self, args),
      get: (_, key) => Reflect.get(Object.hasOwn(own, key) ? own : statements, key),
    }),
    alone: (work) => transactions.alone(work),
    renew() {
      if (isClosed) return;
      replaceStatements(0);
      transactions.renew();
    },
    close,
  };
}
