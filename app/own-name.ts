import { env } from "#/lib/env.ts";
import { DeputyError } from "#/lib/errors.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The server is addressed by a loopback name, or by one that the operator lists in DEPUTY_HOSTS: a page of another site whose
 * name was pointed at this machine gets nothing. `host` is what the client sent under that name. Throws `unknown-host`.
 */
export function requireOwnName(host: string | null): void {
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (loopback.has(name) || env().hosts.includes(name)) return;
  throw new DeputyError(
    "unknown-host",
    `This server does not answer to the name ${JSON.stringify(name)}; list it in DEPUTY_HOSTS to allow it.`,
  );
}
