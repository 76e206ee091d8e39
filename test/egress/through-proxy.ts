import { type IncomingHttpHeaders, request } from "node:http";
import type { Socket } from "node:net";
import type { EgressProxy } from "#/lib/egress/proxy.ts";

export type Answered = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

type Options = {
  readonly authorization?: string | null;
  readonly headers?: Record<string, string>;
  readonly body?: string;
};

/** Asks the proxy for a plain HTTP address. Rejects when the connection breaks. */
export function get(proxy: EgressProxy, url: string, options: Options = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...placeOf(proxy),
      method: options.body === undefined ? "GET" : "POST",
      // What is not ASCII cannot stand in a request line as it is.
      path: url.replace(/[^ -~]+/g, encodeURIComponent),
      headers: { ...authorizationOf(proxy, options), ...options.headers },
    });
    sent.on("error", reject);
    sent.on("response", (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        body += chunk;
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    sent.end(options.body);
  });
}

/** Asks the proxy for a tunnel; the socket is open when the status is 200. */
export function openTunnel(
  proxy: EgressProxy,
  authority: string,
  options: Options = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...placeOf(proxy),
      method: "CONNECT",
      path: authority,
      headers: authorizationOf(proxy, options),
    });
    sent.on("error", reject);
    sent.on("connect", (answer, socket) =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, socket }),
    );
    sent.end();
  });
}

function placeOf(proxy: EgressProxy) {
  const { hostname, port } = new URL(proxy.url);
  return { host: hostname, port, agent: false as const };
}

function authorizationOf(proxy: EgressProxy, options: Options): Record<string, string> {
  if (options.authorization === null) return {};
  const own = `Basic ${Buffer.from(`${proxy.username}:${proxy.password}`).toString("base64")}`;
  return { "Proxy-Authorization": options.authorization ?? own };
}
