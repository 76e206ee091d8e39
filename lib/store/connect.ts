import postgres, { type Sql } from "postgres";

const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
const RECONNECT_SECONDS = 0.25;

/** The name under which the connections that lock runs are known to the server. */
export const HOT_NAME = "deputy-hot";

/** A pool for the address as libpq reads it; see `openStore`. */
export function connect(databaseUrl: string, max: number, settings: Record<string, string | number> = {}): Sql {
  const url = new URL(databaseUrl);
  const socket = url.searchParams.get("host");
  url.searchParams.delete("host");
  return postgres(url.href, {
    ...(socket?.startsWith("/") && { host: socket }),
    max,
    connect_timeout: 5,
    // Seconds between tries; by default they grow to twenty, and an outage would go on long after its end.
    backoff: () => RECONNECT_SECONDS,
    onnotice: () => {},
    connection: {
      application_name: "deputy",
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      ...settings,
    },
  });
}
