import { createServer, type ServerResponse } from "node:http";
import { Redis } from "ioredis";
import { z } from "zod";
import { serve } from "#/test/bench/harness/serve.ts";

/** The usual way: each viewer has a connection to Redis of its own, with a blocking read. Argument: Redis' socket. */
const [path = ""] = process.argv.slice(2);
const KEY = "beats";
const BLOCK_MS = 5_000;

async function follow(response: ServerResponse): Promise<void> {
  const redis = new Redis(path);
  response.once("close", () => redis.disconnect());
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": keep-alive\n\n");
  let cursor = "$";
  while (!response.closed) {
    const read = await redis.xread("BLOCK", BLOCK_MS, "STREAMS", KEY, cursor);
    for (const [id, fields] of read?.[0]?.[1] ?? []) {
      cursor = id;
      response.write(`id: ${id}\ndata: ${fields[1]}\n\n`);
    }
  }
}

const server = createServer((_, response) => {
  follow(response).catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = z.object({ port: z.number() }).parse(address).port;
  serve({ url: async () => `http://127.0.0.1:${port}/` });
});
