import { messageOf } from "#/lib/errors.ts";

/**
 * True for errors of the connection, of a starting or stopping server, as the driver and Postgres name them (SQLSTATE 08, 57P,
 * 53).
 */
export function isConnectionError(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string" && /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|CONNECT|08|57P|53)/.test(code)) return true;
    if (/CONNECT_TIMEOUT|ECONNREFUSED|CONNECTION_/.test(messageOf(error))) return true;
  }
  return false;
}
