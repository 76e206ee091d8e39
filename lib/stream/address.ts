import { DeputyError } from "#/lib/errors.ts";

/** What REDIS_URL says, without a connection: which servers, as whom, and how the way to them is protected. */
export type RedisAddress = {
  readonly kind: "server" | "sentinel" | "cluster";
  /** The server, the sentinels, or some nodes of the cluster; empty for a unix socket. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly socket?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** Name of the master that the sentinels watch. */
  readonly master?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** Absent without TLS; paths of PEM files with it: the authority that signed the server, and an own certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

const FORMS = `one of
  redis://[user:password@]host:6379[/db]
  rediss://... (TLS; ?ca=/path.pem for an own authority, &cert=...&key=... for a client certificate)
  unix:///path/to/socket
  redis+sentinel://[user:password@]host1:26379,host2:26379/master-name[/db]
  redis+cluster://[user:password@]host1:6379,host2:6379
  rediss+sentinel://... and rediss+cluster://...`;

const SHAPE = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/i;
const TLS_OPTIONS = ["ca", "cert", "key"];
const SENTINEL_OPTIONS = ["sentinel_username", "sentinel_password"];

/** Throws `redis-url` with what is wrong and the forms that are known, without a word of the URL: it may hold a password. */
export function parseRedisUrl(url: string): RedisAddress {
  if (/^unix:\/\//i.test(url)) return parseSocket(url);
  const found = SHAPE.exec(url);
  if (found === null) throw unusable("it has none of the known forms");
  const [, scheme = "", kind = "server", user = "", hosts = "", path = "", query = ""] = found;
  const isTls = scheme.toLowerCase() === "rediss";
  const options = optionsOf(query, [...(isTls ? TLS_OPTIONS : []), ...(kind === "sentinel" ? SENTINEL_OPTIONS : [])]);
  const { ca, cert, key, sentinel_username: sentinelUsername, sentinel_password: sentinelPassword } = options;
  return {
    ...placeOf(kind.toLowerCase(), path),
    hosts: hosts.split(",").map((host) => hostOf(host, kind === "sentinel" ? 26_379 : 6_379)),
    ...userOf(user),
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(isTls && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
  };
}

function parseSocket(url: string): RedisAddress {
  const [, user = "", path = "", query = ""] = /^unix:\/\/(?:([^/?]*)@)?(\/[^?]*)?(?:\?(.*))?$/i.exec(url) ?? [];
  if (path.length < 2) throw unusable("the path of the socket is missing");
  const { db = "" } = optionsOf(query, ["db"]);
  return { kind: "server", hosts: [], socket: decoded(path), db: dbOf(db), ...userOf(user) };
}

function placeOf(kind: string, path: string): Pick<RedisAddress, "kind" | "db" | "master"> {
  const parts = path.split("/").filter(Boolean).map(decoded);
  if (kind === "sentinel") {
    const [master, db = "", ...rest] = parts;
    if (master === undefined) throw unusable("the name of the master that the sentinels watch is missing");
    if (rest.length > 0) throw unusable("there is too much behind the database's number");
    return { kind, master, db: dbOf(db) };
  }
  const [db = "", ...rest] = parts;
  if (rest.length > 0) throw unusable("there is too much behind the database's number");
  if (kind === "cluster" && dbOf(db) !== 0) throw unusable("a Redis Cluster has the database 0 only");
  return { kind: kind === "cluster" ? kind : "server", db: dbOf(db) };
}

function hostOf(text: string, defaultPort: number): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits ?? defaultPort);
  if (!host || port < 1 || port > 65_535)
    throw unusable("a host is not of the form host:port (write / as %2F in a password)");
  return { host, port };
}

function dbOf(text: string): number {
  if (!/^\d{0,6}$/.test(text)) throw unusable("what stands behind the host is not the number of a database");
  return Number(text);
}

function userOf(text: string): { username?: string; password?: string } {
  if (text === "") return {};
  const colon = text.indexOf(":");
  const username = decoded(colon === -1 ? text : text.slice(0, colon));
  const password = colon === -1 ? "" : decoded(text.slice(colon + 1));
  return { ...(username && { username }), ...(password && { password }) };
}

function optionsOf(query: string, known: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(new URLSearchParams(query));
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw unusable(`it has no option ${unknown.join(", ")}`);
  return options;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable("a % in it stands before no two hexadecimal digits; write %25 for the sign itself");
  }
}

function unusable(reason: string): DeputyError {
  return new DeputyError("redis-url", `REDIS_URL cannot be used: ${reason}. It must be ${FORMS}`);
}
