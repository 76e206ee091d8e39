import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import next from "next";
import { log } from "#/lib/log.ts";

/**
 * The web process, given an address and a port: Next's own handler of requests, behind a server that lets more clients wait. Of
 * `next start` no more than 511 connections can wait to be taken; of a burst beyond that the system loses some, and resets
 * others (F20 of the fault suite).
 */
const MOST_WAITING = 4_096;
const RETRY_AFTER_SECONDS = "2";

/** What the pages leave of the request that they answer (app/context.ts). */
const requests = new AsyncLocalStorage<{ isDatabaseAway: boolean }>();
Object.assign(globalThis, { deputyRequest: requests });

const [hostname = "127.0.0.1", port = "3000"] = process.argv.slice(2);
process.title = "deputy-web";

const app = next({ dev: false, hostname, port: Number(port) });
await app.prepare();
const handle = app.getRequestHandler();

const server = createServer((request, response) => {
  const isPage = request.url?.startsWith("/api/") === false;
  if (isPage) requests.run(awayIfSo(response), () => answer(request, response));
  else answer(request, response);
});
server.once("error", (error) => {
  log.fatal({ error: error.message }, "the web process cannot listen");
  process.exit(1);
});
server.listen({ host: hostname, port: Number(port), backlog: MOST_WAITING });

function answer(request: IncomingMessage, response: ServerResponse): void {
  handle(request, response).catch((error: unknown) => {
    log.error({ error: String(error), url: request.url }, "request failed");
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end("Internal Server Error");
  });
}

/**
 * A page that cannot be rendered is 500 to Next, which lets nobody choose. Where the database's absence is the reason, it is
 * 503, and worth coming back for.
 */
function awayIfSo(response: ServerResponse): { isDatabaseAway: boolean } {
  const request = { isDatabaseAway: false };
  const writeHead = response.writeHead;
  response.writeHead = function (this: ServerResponse, status: number, ...more: never[]) {
    if (status !== 500 || !request.isDatabaseAway) return writeHead.call(this, status, ...more);
    this.setHeader("retry-after", RETRY_AFTER_SECONDS);
    return writeHead.call(this, 503, ...more);
  };
  return request;
}

/** What is asked already is answered; open streams are ended by who writes them. */
async function stop(): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
  await app.close();
  process.exit(0);
}
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
