import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { identify, isAlive } from "#/lib/launch/process-identity.ts";
import { connect } from "#/lib/store/connect.ts";
import { listLiveWorkers, type Worker } from "#/lib/store/workers.ts";
import { until } from "#/test/support/until.ts";
import { openWorld, typesOf, type World } from "#/test/support/world.ts";

const ENTRY = "lib/launch/start.ts";
/** The first start makes the bundle, and all cores may be busy. */
const STARTED = { timeoutMs: 40_000, what: "the worker to register" };

describe("npm start worker", () => {
  let world: World;
  let supervisor: ChildProcess;
  let output: string;

  beforeEach(async () => {
    world = await openWorld({ DEPUTY_LEASE_SECONDS: "1.5" });
  });

  afterEach(async () => {
    supervisor.kill("SIGTERM");
    await until(hasEnded, { timeoutMs: 30_000, what: "the end of the supervisor" });
    await world.close();
  });

  test("starts a worker again that was killed, under another name, and it takes work", async () => {
    start();
    const first = await until(worker, STARTED);
    process.kill(first.pid, "SIGKILL");
    const second = await until(async () => differs(await worker(), first), STARTED);
    expect(output).toContain("worker ended (signal SIGKILL); starting it again in 0.2 s");
    expect(second.pid).not.toBe(first.pid);
    const events = await world.ended(await world.ask("Research how delivery works"));
    expect(typesOf(events).at(-1)).toBe("run.completed");
  });

  test("reports the end of a worker before its lease has run out", async () => {
    start({ DEPUTY_LEASE_SECONDS: "60" });
    const first = await until(worker, STARTED);
    process.kill(first.pid, "SIGKILL");
    await until(async () => !(await registered()).some(({ id }) => id === first.id), { what: "the report" });
  });

  test("runs as many as are asked for, and one where the host of web has none", async () => {
    start({ DEPUTY_WORKERS: "2" });
    await until(async () => (await registered()).length === 2, STARTED);
    supervisor.kill("SIGTERM");
    await until(hasEnded, { timeoutMs: 30_000, what: "its end" });
    start({ DEPUTY_WORKERS: "0" });
    await until(worker, STARTED);
    expect(await registered()).toHaveLength(1);
  });

  test("ends with all that it started when it is told to, and leaves no name behind", async () => {
    start();
    const { pid } = await until(worker, STARTED);
    const identity = identify(pid);
    supervisor.kill("SIGTERM");
    await until(hasEnded, { timeoutMs: 30_000, what: "its end" });
    expect([supervisor.exitCode, isAlive(identity), await registered()]).toEqual([0, false, []]);
  });

  test("renews its workers when it is told to, and runs on", async () => {
    start();
    const first = await until(worker, STARTED);
    supervisor.kill("SIGUSR2");
    await until(() => output.includes("workers are renewed"), STARTED);
    const second = await until(async () => differs(await worker(), first), STARTED);
    expect(isAlive(identify(first.pid))).toBe(false);
    expect(isAlive(identify(second.pid))).toBe(true);
    expect(output).not.toContain("starting it again");
  });

  test("leaves no worker behind when it is killed with -9", async () => {
    start();
    const identity = identify((await until(worker, STARTED)).pid);
    supervisor.kill("SIGKILL");
    await until(() => !isAlive(identity), { what: "the end of the worker" });
  });

  test("waits for a database that is away at its start, one line a try, and then works", async () => {
    await closeDatabase();
    start();
    await until(() => output.includes("trying again in 0.8 s"), STARTED);
    const lines = output.trimEnd().split("\n");
    for (const line of lines)
      expect(line).toMatch(/^the Postgres of DATABASE_URL cannot be used: .*; trying again in [\d.]+ s$/);
    await openDatabase();
    await until(worker, STARTED);
  });

  test("works again when the database was away for longer than the lease of its worker", async () => {
    start();
    const first = await until(worker, STARTED);
    await closeDatabase();
    await until(() => output.includes("trying again in 0.8 s"), { timeoutMs: 25_000, what: "the worker to give up" });
    await openDatabase();
    const second = await until(async () => differs(await worker(), first), STARTED);
    expect(output).not.toContain("    at ");
    expect(isAlive(identify(second.pid))).toBe(true);
  });

  test("can be stopped while it waits for the database", async () => {
    await closeDatabase();
    start();
    await until(() => output.includes("trying again"), STARTED);
    supervisor.kill("SIGTERM");
    await until(hasEnded, { what: "its end" });
    expect(supervisor.exitCode).toBe(0);
    await openDatabase();
  });

  function start(added: Record<string, string> = {}): void {
    const { databaseUrl = "", redisUrl = "", prefix } = world.context.env;
    const settings = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DEPUTY_PREFIX: prefix, DEPUTY_LOG: "error" };
    output = "";
    supervisor = spawn(process.execPath, [ENTRY, "worker"], {
      env: { ...process.env, ...settings, DEPUTY_WORKERS: "1", DEPUTY_LEASE_SECONDS: "1.5", ...added },
      stdio: ["ignore", "ignore", "pipe"],
    });
    supervisor.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }

  function hasEnded(): boolean {
    return supervisor.exitCode !== null || supervisor.signalCode !== null;
  }

  function registered(): Promise<Worker[]> {
    return listLiveWorkers(world.context.store.db, 60_000);
  }

  async function worker(): Promise<Worker | undefined> {
    return (await registered())[0];
  }

  /** As if it were away: nobody may connect any more, and who was connected is not. */
  async function closeDatabase(): Promise<void> {
    await onServer(
      (name) => `alter database ${name} with allow_connections false`,
      (name) => `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
  }

  function openDatabase(): Promise<void> {
    return onServer((name) => `alter database ${name} with allow_connections true`);
  }

  async function onServer(...statements: ((name: string) => string)[]): Promise<void> {
    const url = new URL(world.context.env.databaseUrl ?? "");
    const name = url.pathname.slice(1);
    url.pathname = "/postgres";
    const sql = connect(url.href, 1);
    for (const statement of statements) await sql.unsafe(statement(name));
    await sql.end();
  }
});

describe("a worker that cannot begin says why in one line and ends with status 1", () => {
  const nobody = "postgres://nobody:secret@127.0.0.1:1/none";
  const redis = "redis://127.0.0.1:1";

  test.each([
    ["npm start worker", "no database is named", {}, /^DATABASE_URL is not set\. .*`deputy addresses`/],
    ["npm start worker", "no Redis is named", { DATABASE_URL: nobody }, /^REDIS_URL is not set\. /],
    [
      "npm start worker",
      "the database is no address",
      { DATABASE_URL: "secret@", REDIS_URL: redis },
      /^DATABASE_URL is no/,
    ],
    ["npm start worker", "Redis is no address", { DATABASE_URL: nobody, REDIS_URL: "x" }, /^REDIS_URL cannot be used/],
    [
      "a worker alone",
      "nothing answers",
      { DATABASE_URL: nobody, REDIS_URL: redis },
      /cannot be used: connect ECONNREF/,
    ],
    ["a worker alone", "the database is no address", { DATABASE_URL: "secret@", REDIS_URL: redis }, /^DATABASE_URL is/],
  ])("%s, when %s", (who, _, given, expected) => {
    const args = who === "npm start worker" ? [ENTRY, "worker"] : ["agents/worker.ts"];
    const env = { ...process.env, DATABASE_URL: "", REDIS_URL: "", ...given };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8", timeout: 25_000 });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/secret|^ {4}at /m);
  });
});

function differs(found: Worker | undefined, from: Worker): Worker | null {
  return found !== undefined && found.id !== from.id ? found : null;
}
