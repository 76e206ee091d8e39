/** Where a connection is wanted: the host as it was asked for, in one spelling, and a port. */
export type Target = { readonly host: string; readonly port: number };

/**
 * `host:port` or `[v6]:port` as a CONNECT request names it; null unless it is exactly that. The URL parser folds every
 * spelling of an IPv4 address (`0x7f.1`, `2130706433`, full-width digits) into the dotted one.
 */
export function readAuthority(authority: string): Target | null {
  if (!/^[^\s/\\?#@]+:\d{1,5}$/.test(authority)) return null;
  const port = Number(authority.slice(authority.lastIndexOf(":") + 1));
  const url = URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`) : null;
  return url && port >= 1 && port <= 65_535 ? { host: normalHost(url.hostname), port } : null;
}

/** Where an http or https address leads; null for other schemes. */
export function targetOf(url: URL): Target | null {
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const standard = url.protocol === "https:" ? 443 : 80;
  return { host: normalHost(url.hostname), port: url.port === "" ? standard : Number(url.port) };
}

/** Lower case, without the brackets of an IPv6 address and without the dot at the end. */
export function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.startsWith("[") ? lower.slice(1, -1) : lower.replace(/\.$/, "");
}

/** As people write it: `example.com`, `example.com:8080`, `[::1]:3000`. */
export function nameOf(target: Target): string {
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return target.port === 80 || target.port === 443 ? host : `${host}:${target.port}`;
}
