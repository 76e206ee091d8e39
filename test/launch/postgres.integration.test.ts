import { spawn } from "node:child_process";
import { chownSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { EmbeddedServer } from "#/lib/launch/embedded-server.ts";
import { processesIn } from "#/lib/launch/leftovers.ts";
import { startPostgres } from "#/lib/launch/postgres.ts";
import { connect } from "#/lib/store/connect.ts";
import { temporaryFolder } from "#/test/support/folder.ts";
import { until } from "#/test/support/until.ts";

describe("the embedded Postgres", () => {
  let dir: string;
  let exits: string[];
  let started: EmbeddedServer[];

  beforeEach(() => {
    dir = temporaryFolder();
    exits = [];
    started = [];
  });

  afterEach(async () => {
    for (const server of started) await server.stop();
    expect(processesIn(join(dir, "data"), ["postgres"])).toEqual([]);
  });

  test("keeps its data and its address from one start to the next", async () => {
    const first = await start();
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
    expect(exits).toEqual([]);
  });

  test("reports a death that nobody asked for, and loses nothing that was committed", async () => {
    const first = await start({});
    await query(first.url, "create table kept as select 42 as answer");
    process.kill(first.pid, "SIGKILL");
    await until(() => exits.length > 0, { what: "the report" });
    expect(exits[0]).toContain("signal SIGKILL");
    const second = await start();
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  test("ends one that an earlier launcher left running on the same data", async () => {
    const first = await start();
    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    expect(() => process.kill(first.pid, 0)).toThrow();
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("starts although a stale postmaster.pid names a process that lives", async () => {
    const first = await start();
    await first.stop();
    const { uid, gid } = statSync(join(dir, "data"));
    const other = spawn("/bin/sleep", ["60"], { uid, gid, cwd: "/" });
    onTestFinished(() => void other.kill());
    const stale = join(dir, "data", "postmaster.pid");
    writeFileSync(stale, `${other.pid}\n${join(dir, "data")}\n1700000000\n5432\n\n\n\nready   \n`);
    chownSync(stale, uid, gid);
    const second = await start();
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("is not hindered by a start that was cut off half-way", async () => {
    const first = await start();
    await first.stop();
    renameSync(join(dir, "data"), join(dir, "data.new"));
    const second = await start();
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("does not touch data of another version", async () => {
    const first = await start();
    await first.stop();
    const file = join(dir, "data", "PG_VERSION");
    writeFileSync(file, "17\n");
    await expect(start()).rejects.toMatchObject({ code: "data-version" });
    expect(readFileSync(file, "utf8")).toBe("17\n");
  });

  test("says what the system would not: a socket path that is too long", async () => {
    const socketDir = join(dir, "x".repeat(100));
    await expect(startPostgres({ dir: join(dir, "data"), socketDir })).rejects.toMatchObject({ code: "socket-path" });
  });

  async function start(settings: Record<string, string> = { fsync: "off" }): Promise<EmbeddedServer> {
    const onExit = (reason: string) => exits.push(reason);
    const server = await startPostgres({ dir: join(dir, "data"), socketDir: join(dir, "socket"), settings, onExit });
    started.push(server);
    return server;
  }
});

async function query(url: string, text: string) {
  const sql = connect(url, 1);
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end();
  }
}
