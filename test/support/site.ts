import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import type { Network } from "#/lib/egress/dial.ts";

/** What a path of a fake site answers: HTML, an answer in full, or whatever the function does. */
export type Route = Fixed | ((request: IncomingMessage, response: ServerResponse) => void);

type Fixed = string | { status?: number; headers?: Record<string, string>; body?: string | Buffer };

export type Site = {
  readonly port: number;
  /** `<method> <path>` of every request, favicons left out. */
  readonly hits: string[];
  close(): Promise<void>;
};

/** A web site on loopback. Paths that have no route answer 404. */
export async function startSite(routes: Record<string, Route>): Promise<Site> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0] ?? "/";
    if (path !== "/favicon.ico") hits.push(`${request.method} ${request.url}`);
    const route = routes[path] ?? { status: 404, body: "not here" };
    if (typeof route === "function") route(request, response);
    else serve(route, response);
  });
  const port = await listen(server);
  return { port, hits, close: () => stop(server) };
}

function serve(route: Fixed, response: ServerResponse): void {
  const { status = 200, headers = {}, body = "" } = typeof route === "string" ? { body: route } : route;
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", ...headers });
  response.end(body);
}

/** A server that must not be reached: it counts connections, whatever they bring. */
export async function startForbidden(): Promise<{
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}> {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections++;
    socket.on("error", () => socket.destroy());
    socket.resume();
    socket.end("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret");
  });
  const port = await listen(server);
  return { port, connections: () => connections, close: () => stop(server) };
}

/**
 * An internet of a few hosts: each name has the addresses given, and a connection to such an address (on any port) goes to
 * a port of loopback. Nothing else resolves or connects; `dialled` says where a connection was wanted.
 */
export function fakeNetwork(
  hosts: Record<string, { addresses: readonly string[]; port: number }>,
): Network & { readonly dialled: string[]; readonly resolved: string[] } {
  const dialled: string[] = [];
  const resolved: string[] = [];
  return {
    dialled,
    resolved,
    async resolve(host) {
      resolved.push(host);
      const known = hosts[host];
      if (!known) throw new Error(`ENOTFOUND ${host}`);
      return known.addresses;
    },
    connect(address, port) {
      dialled.push(`${address}:${port}`);
      const served = Object.values(hosts).find(({ addresses }) => addresses.includes(address));
      return connect({ host: "127.0.0.1", port: served?.port ?? 1 });
    },
  };
}

function listen(server: Server | TcpServer): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server | TcpServer): Promise<void> {
  if ("closeAllConnections" in server) server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
