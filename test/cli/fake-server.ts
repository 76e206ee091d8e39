import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as allOf } from "node:stream/consumers";
import type { NewEvent, RunEvent } from "#/lib/protocol/event.ts";

export const runId = "11111111-2222-4333-8444-555555555555";

/** Events with numbers and times, as the log of one run gives them. */
export function logOf(events: readonly NewEvent[]): RunEvent[] {
  return events.map(
    (event, at) =>
      ({ ...event, runId, seq: at + 1, at: new Date(1_700_000_000_000 + at * 500).toISOString(), v: 1 }) as RunEvent,
  );
}

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly lastEventId: string | undefined;
};
type Handler = (request: SeenRequest, reply: ServerResponse) => void | Promise<void>;

/** A server that speaks docs/http.md as far as a test tells it to, on a port of its own. */
export class FakeServer {
  readonly requests: SeenRequest[] = [];
  readonly #server = createServer((request, reply) => this.#answer(request, reply));
  readonly #handlers: { method: string; path: RegExp; handler: Handler }[] = [];
  #port = 0;

  static async start(): Promise<FakeServer> {
    const server = new FakeServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The same port again after `stop`. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Dies as a killed process does: every connection breaks. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** The newest handler for a path wins. */
  on(method: string, path: RegExp, handler: Handler): void {
    this.#handlers.unshift({ method, path, handler });
  }

  /** Starts `runId` for every message and serves this log of it, closing the stream behind the last event. */
  serveRun(log: readonly RunEvent[]): void {
    this.on("POST", /^\/api\/chat$/, (_, reply) => startsRun(reply));
    this.on("GET", /^\/api\/runs\/[^/]+\/events/, (request, reply) => {
      const stream = openEvents(reply);
      for (const event of log) if (event.seq > Number(request.lastEventId ?? 0)) stream.send(event);
      stream.close();
    });
  }

  async #answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const seen: SeenRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      body: await allOf(request),
      lastEventId: request.headers["last-event-id"]?.toString(),
    };
    this.requests.push(seen);
    const found = this.#handlers.find(({ method, path }) => method === seen.method && path.test(seen.path));
    if (found) await found.handler(seen, reply);
    else json(reply, 404, { code: "not-found", message: `there is nothing at ${seen.path}` });
  }
}

export function json(reply: ServerResponse, status: number, body: unknown): void {
  reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function startsRun(reply: ServerResponse): void {
  reply.writeHead(200, { "content-type": "text/event-stream", "x-run-id": runId });
  reply.write('data: {"type":"start"}\n\n');
}

export function openEvents(reply: ServerResponse) {
  reply.writeHead(200, { "content-type": "text/event-stream" });
  reply.flushHeaders();
  return {
    send: (event: RunEvent) => reply.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`),
    close: () => reply.end(),
  };
}
