import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { EmbeddedServer } from "#/lib/launch/embedded-server.ts";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { startRedis } from "#/lib/launch/redis.ts";
import { findRedisServer } from "#/lib/launch/redis-server.ts";
import { socketFolder } from "#/lib/launch/socket-folder.ts";
import { cancelRun } from "#/lib/run/cancel-run.ts";
import { migrate } from "#/lib/store/migrate.ts";
import { type OpenAIServer, startOpenAIServer } from "#/test/support/openai-server.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

/** Runs while Redis is away, comes back empty, or is away from the start. */
let dir: string;
let redis: EmbeddedServer | undefined;
let world: World;
let model: OpenAIServer;
let settings: Record<string, string>;

const start = async () => {
  const server = await findRedisServer(join(process.cwd(), ".data"), () => {});
  redis = await startRedis({ dir: join(dir, "redis"), socketDir: join(socketFolder(dir), "redis"), server });
};
const stop = async () => {
  await redis?.stop();
  redis = undefined;
};
/** Without its data, as after the loss of its disk. */
const loseData = () => rm(join(dir, "redis"), { recursive: true, force: true });

beforeAll(async () => {
  model = await startOpenAIServer([]);
});
afterAll(() => model.close());

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "deputy-outage-"));
  settings = {
    REDIS_URL: `unix://${join(socketFolder(dir), "redis", "redis.sock")}`,
    OPENAI_BASE_URL: model.url,
    OPENAI_API_KEY: "test",
    DEPUTY_MODEL_STANDARD: "scripted",
  };
  world = await openWorld(settings);
});
afterEach(async () => {
  await world.close();
  await stop();
  await rm(dir, { recursive: true, force: true });
  await rm(socketFolder(dir), { recursive: true, force: true });
});

const slow = { text: "word ".repeat(400), chunk: 5, delayMs: 50 };

describe("Redis", () => {
  it("away from the start costs only time: what was asked meanwhile is answered when it comes", async () => {
    model.use(() => ({ text: "Here." }));
    await world.startWorker();
    const runId = await world.ask("A question");
    expect(typesOf(await world.events(runId))).toEqual(["run.started"]);
    await start();
    expect((await world.ended(runId, 15_000)).at(-1)?.type).toBe("run.completed");
  });

  it("restarted without its data in the middle of runs loses none of them", { timeout: 60_000 }, async () => {
    await start();
    model.use(() => ({ text: "One two three four five.", chunk: 3, delayMs: 30 }));
    await world.startWorker();
    const before = await Promise.all(["a", "b", "c"].map((text) => world.ask(text)));
    await stop();
    await loseData();
    const meanwhile = await Promise.all(["d", "e"].map((text) => world.ask(text)));
    await start();
    const after = await world.ask("f");
    for (const runId of [...before, ...meanwhile, after]) {
      const events = await world.ended(runId, 20_000);
      expect(events.at(-1)?.type).toBe("run.completed");
      expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    }
  });

  it("away keeps no cancelled model call alive for longer than two seconds", async () => {
    await start();
    model.use(() => slow);
    await world.startWorker();
    const runId = await world.ask("A question");
    await until(async () => typesOf(await world.events(runId)).includes("text.appended"), {
      what: "the answer to begin",
    });
    await stop();
    const waiting = await Promise.all(["a", "b", "c"].map((text) => world.ask(text)));
    expect(waiting).toHaveLength(3);
    const known = model.abandoned;
    await cancelRun(world.context, runId, { by: "user", reason: "test" });
    await until(() => model.abandoned > known, { what: "the model call to be given up", timeoutMs: 2_500 });
  });
});

describe("Postgres", () => {
  it("restarted in the middle of runs, faster than a lease lasts, loses none of them", {
    timeout: 120_000,
  }, async () => {
    await start();
    const database = () =>
      startPostgres({ dir: join(dir, "postgres"), socketDir: join(socketFolder(dir), "postgres") });
    await chmod(dir, 0o711);
    let postgres = await database();
    await migrate(postgres.url);
    const own = await openWorld({ ...settings, DATABASE_URL: postgres.url });
    try {
      const worker = await own.startWorker();
      // As the supervisor does: the driver may end the process, when it writes to a connection that is just going away.
      worker.child.once("exit", (status) => status !== null && void own.startWorker());
      model.use(() => ({ text: "One two three four five six seven eight nine ten.", chunk: 2, delayMs: 100 }));
      const asked = await Promise.all(["a", "b", "c"].map((text) => own.ask(text)));
      const answering = async (runId: string) => typesOf(await own.events(runId)).includes("text.appended");
      await until(() => answering(asked[0] ?? ""), { what: "the first answer to begin" });
      await postgres.stop();
      postgres = await database();
      for (const runId of asked) {
        const events = await own.ended(runId, 40_000);
        expect(events.at(-1)?.type).toBe("run.completed");
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
      }
    } finally {
      await own.close();
      await postgres.stop();
    }
  });
});

describe("cancelling", () => {
  it("gives up a model call within two seconds, and nothing is written behind the end", async () => {
    await start();
    model.use(() => slow);
    await world.startWorker();
    const runId = await world.ask("A question");
    await until(async () => typesOf(await world.events(runId)).includes("text.appended"), {
      what: "the answer to begin",
    });
    const known = model.abandoned;
    const startedAt = performance.now();
    await cancelRun(world.context, runId, { by: "user", reason: "test" });
    await until(() => model.abandoned > known, { what: "the model call to be given up", timeoutMs: 2_000 });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    model.use(() => ({ text: "Another." }));
    await world.ended(await world.ask("Another question"));
    expect(typesOf(await world.events(runId)).at(-1)).toBe("run.cancelled");
  });
});
