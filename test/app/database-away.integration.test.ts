import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { POST as postChat } from "#/app/api/chat/route.ts";
import { GET as listConversations } from "#/app/api/conversations/route.ts";
import { GET as getHealth } from "#/app/api/health/route.ts";
import { GET as getEvents } from "#/app/api/runs/[id]/events/route.ts";
import { parseEnv } from "#/lib/env.ts";
import { changeRun } from "#/lib/run/change-run.ts";
import { type Context, closeContext, openContext } from "#/lib/run/context.ts";
import { stopFollowing } from "#/lib/run/follow-run.ts";
import { openRelay, type Relay } from "#/test/faults/relay.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, type World } from "#/test/support/world.ts";

/** The web side while Postgres, or Redis, is frozen or refuses connections. */
let world: World;
let postgres: Relay;
let redis: Relay;
let context: Context;

beforeAll(async () => {
  world = await openWorld();
  const { databaseUrl = "", redisUrl = "" } = world.context.env;
  const database = new URL(databaseUrl);
  postgres = await openRelay(targetOf(database.searchParams.get("host"), ".s.PGSQL.5432", database));
  redis = await openRelay({ path: new URL(redisUrl || inject("redisUrl")).pathname });
  const settings = {
    DATABASE_URL: `postgres://${database.username}@127.0.0.1:${postgres.port}${database.pathname}`,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    DEPUTY_PREFIX: world.context.env.prefix,
    DEPUTY_LOG: "silent",
  };
  context = openContext(parseEnv(settings));
  (globalThis as { deputyContext?: Context }).deputyContext = context;
});
afterEach(async () => {
  postgres.set({ kind: "pass" });
  redis.set({ kind: "pass" });
  await until(async () => (await listConversations(asked())).status === 200, { what: "the database to answer again" });
});
afterAll(async () => {
  stopFollowing(context);
  await closeContext(context);
  await postgres.close();
  await redis.close();
  await world.close();
});

function targetOf(folder: string | null, name: string, url: URL) {
  return folder === null ? { host: url.hostname, port: Number(url.port) } : { path: `${folder}/${name}` };
}

const asked = () => new Request("http://127.0.0.1:3000");

function chat(messageId: string, id = randomUUID() as string): Request {
  const headers = { "content-type": "application/json", host: "127.0.0.1:3000" };
  const messages = [{ id: messageId, role: "user", parts: [{ type: "text", text: "hello" }] }];
  return new Request("http://127.0.0.1:3000", { method: "POST", headers, body: JSON.stringify({ id, messages }) });
}

async function timed(answer: Promise<Response>): Promise<{ response: Response; ms: number }> {
  const startedAt = performance.now();
  const response = await answer;
  return { response, ms: performance.now() - startedAt };
}

describe.each([
  ["frozen", { kind: "hold" }],
  ["gone", { kind: "reset" }],
] as const)("Postgres %s", (_, mode) => {
  it("makes every request answer 503 with Retry-After in 5 s, and a message sent again joins its one run", {
    timeout: 60_000,
  }, async () => {
    const [messageId, id] = [randomUUID(), randomUUID()];
    expect((await listConversations(asked())).status).toBe(200);
    postgres.set(mode);
    const first = await timed(postChat(chat(messageId, id)));
    const second = await timed(listConversations(asked()));
    for (const { response, ms } of [first, second]) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(((await response.json()) as { code: string }).code).toBe("database-away");
      expect(ms).toBeLessThan(5_000);
    }
    expect(((await (await getHealth(asked())).json()) as { postgres: string }).postgres).not.toBe("ok");

    postgres.set({ kind: "pass" });
    const startedAt = performance.now();
    const again = await until(
      async () => {
        const response = await postChat(chat(messageId, id));
        await response.body?.cancel();
        return response.status === 200 && response;
      },
      { what: "the message to be taken", timeoutMs: 20_000 },
    );
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    const runs = await world.context.store.sql`select id from runs where message_id = ${messageId}`;
    expect(runs.map((run) => run.id)).toEqual([again.headers.get("x-run-id")]);
  });

  it("costs a viewer nothing but time: the stream goes on when it is back", { timeout: 60_000 }, async () => {
    const runId = await world.ask("hello");
    const headers = { accept: "text/event-stream" };
    const away = new AbortController();
    const request = new Request("http://127.0.0.1:3000/", { headers });
    const response = await getEvents(request, { params: Promise.resolve({ id: runId }) });
    let text = "";
    const shown = new WritableStream<string>({
      write: (chunk) => {
        text += chunk;
      },
    });
    const read = response.body?.pipeThrough(new TextDecoderStream()).pipeTo(shown, { signal: away.signal });
    read?.catch(() => undefined);
    await until(() => text.includes("id: 1\n"), { what: "the first event" });
    postgres.set(mode);
    await changeRun(world.context, runId, ({ events }) => {
      events.push({ type: "task.progressed", data: { text: "meanwhile" } });
    });
    expect((await timed(listConversations(asked()))).response.status).toBe(503);
    postgres.set({ kind: "pass" });
    await until(() => text.includes("id: 2\n"), { what: "what was appended meanwhile", timeoutMs: 15_000 });
    away.abort();
  });
});

describe.each([
  ["frozen", { kind: "hold" }],
  ["gone", { kind: "reset" }],
] as const)("Redis %s", (_, mode) => {
  it("delays no message: it is taken, shown from Postgres, and the health says what is wrong", async () => {
    redis.set(mode);
    const { response, ms } = await timed(postChat(chat(randomUUID())));
    expect(response.status).toBe(200);
    expect(ms).toBeLessThan(2_500);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('"type":"start"');
    await reader?.cancel();
    const health = (await (await getHealth(asked())).json()) as { postgres: string; redis: string };
    expect(health.postgres).toBe("ok");
    expect(health.redis).toMatch(/^Redis: /);
  });
});

it("answers the first request once Postgres is back, although its last question was lost meanwhile", {
  timeout: 60_000,
}, async () => {
  postgres.set({ kind: "hold" });
  expect((await listConversations(asked())).status).toBe(503);
  // What was asked is lost for good, and nobody asks again until the database is back.
  postgres.set({ kind: "reset" });
  await until(async () => (await listConversations(asked())).status === 503, { what: "a request that is refused" });
  postgres.set({ kind: "pass" });
  await until(async () => ((await (await getHealth(asked())).json()) as { postgres: string }).postgres === "ok", {
    what: "the health to be good",
  });
  expect((await listConversations(asked())).status).toBe(200);
});
