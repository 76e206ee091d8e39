import postgres from "postgres";

/**
 * True when Postgres itself refused a statement: then the transaction was undone for certain, and may be tried again. False
 * when the connection or the server went away: then nobody knows.
 */
export function isStatementError(error: unknown): boolean {
  return error instanceof postgres.PostgresError && !/^(08|57P)/.test(error.code);
}
