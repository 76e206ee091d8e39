import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { followRun } from "#/lib/cli/follow-run.ts";
import { serverAt } from "#/lib/cli/server.ts";
import { FakeServer, json, openEvents, runId } from "#/test/cli/fake-server.ts";
import { smallTalk } from "#/test/cli/runs-of-deputy.ts";

let server: FakeServer;
beforeEach(async () => {
  server = await FakeServer.start();
});
afterEach(() => server.stop());

async function follow(options: { giveUpAfterMs?: number; signal?: AbortSignal } = {}) {
  const seen: number[] = [];
  const following = { signal: new AbortController().signal, onLost: () => {}, ...options };
  for await (const event of followRun(serverAt(server.url), runId, following)) seen.push(event.seq);
  return seen;
}

describe("following a run", () => {
  test("yields every event once and ends behind the last one", async () => {
    server.serveRun(smallTalk);
    expect(await follow()).toEqual(smallTalk.map((event) => event.seq));
  });

  test("goes on when the server closes the stream before the end of the run", async () => {
    server.on("GET", /events/, (request, reply) => {
      const stream = openEvents(reply);
      const next = smallTalk[Number(request.lastEventId)];
      if (next) stream.send(next);
      stream.close();
    });
    expect(await follow()).toEqual(smallTalk.map((event) => event.seq));
  });

  test("waits for a server that is only half up again", async () => {
    server.serveRun(smallTalk);
    let asked = 0;
    server.on("GET", /events/, (_, reply) => {
      asked += 1;
      if (asked < 3) return json(reply, 503, { code: "no-postgres", message: "Postgres is away." });
      const stream = openEvents(reply);
      for (const event of smallTalk) stream.send(event);
      stream.close();
    });
    expect(await follow()).toHaveLength(smallTalk.length);
  });

  test("gives up when no server answers for as long as it was told", async () => {
    await server.stop();
    await expect(follow({ giveUpAfterMs: 300 })).rejects.toMatchObject({ code: "server-unreachable" });
    await server.listen();
  });

  test("does not try again what the server refuses", async () => {
    server.on("GET", /events/, (_, reply) =>
      json(reply, 404, { code: "unknown-run", message: "There is no such run." }),
    );
    await expect(follow()).rejects.toMatchObject({ code: "unknown-run" });
    expect(server.requests).toHaveLength(1);
  });

  test("skips records that it cannot read", async () => {
    server.on("GET", /events/, (_, reply) => {
      reply.writeHead(200, { "content-type": "text/event-stream" });
      reply.write('data: {"seq": "one"}\n\ndata: no json\n\n: a comment\n\n');
      for (const event of smallTalk) reply.write(`id: ${event.seq}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`);
      reply.end();
    });
    expect(await follow()).toEqual(smallTalk.map((event) => event.seq));
  });

  test("ends without an error when it is told to leave", async () => {
    const leaving = new AbortController();
    server.on("GET", /events/, (_, reply) => {
      openEvents(reply);
      leaving.abort();
    });
    expect(await follow({ signal: leaving.signal })).toEqual([]);
  });
});
