import postgres, { type Options, type PostgresType, type Sql } from "postgres";
import { arrayTypes } from "#/lib/store/array-types.ts";

const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 5_000;
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
const RECONNECT_SECONDS = 0.25;

/** The name under which the connections that lock runs are known to the server. */
export const HOT_NAME = "deputy-hot";

/** Settings of the server for a connection. */
export type ServerSettings = Readonly<Record<string, string | number>>;

/** What the driver tells of its connections: settings that a server names as it takes one, and the end of one. */
export type Watch = Pick<Options<Record<string, PostgresType>>, "onclose" | "onparameter">;

/**
 * The driver's own pool for the address as libpq reads it, for one who does without it when a connection is lost; whoever
 * goes on uses `openPool`.
 */
export function connect(databaseUrl: string, max: number, settings: ServerSettings = {}, watch: Watch = {}): Sql {
  const url = new URL(databaseUrl);
  const socket = url.searchParams.get("host");
  url.searchParams.delete("host");
  return postgres(url.href, {
    ...(socket?.startsWith("/") && { host: socket }),
    max,
    connect_timeout: 5,
    // Seconds between tries; by default they grow to twenty, and an outage would go on long after its end.
    backoff: () => RECONNECT_SECONDS,
    // A connection that ended of age would look like one that was lost.
    max_lifetime: null,
    onnotice: () => {},
    fetch_types: false,
    types: arrayTypes,
    ...watch,
    connection: {
      application_name: "deputy",
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      ...settings,
    },
  });
}
