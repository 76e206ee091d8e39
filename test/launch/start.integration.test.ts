import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { takeLock } from "#/lib/launch/lock.ts";
import { HOST } from "#/lib/launch/port.ts";
import { connect } from "#/lib/store/connect.ts";
import { freshDatabase } from "#/test/support/database.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

describe("npm start refuses to start, in one line,", () => {
  test("when another launcher runs on the same data", () => {
    const dir = temporaryFolder();
    takeLock(join(dir, "launcher.lock"));
    expect(start({ DEPUTY_DATA: dir })).toEqual({
      status: 1,
      stdout: "",
      stderr: `Deputy already runs on the data in ${dir} (process ${process.pid}). Stop that one, or name another folder: DEPUTY_DATA=...\n`,
    });
  });

  test("when the port is taken, before anything is started", async () => {
    const dir = temporaryFolder();
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, HOST, () => resolve(portOf(server.address())));
    });
    expect(start({ DEPUTY_DATA: dir, PORT: String(port) })).toEqual({
      status: 1,
      stdout: "",
      stderr: `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start\n`,
    });
    expect(readdirSync(dir)).toEqual([]);
    server.close();
  });

  test("when the data folder cannot be made", () => {
    const { status, stdout, stderr } = start({ DEPUTY_DATA: join(process.execPath, "data") });
    expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 1, stdout: "", lines: 1 });
    expect(stderr).toContain("DEPUTY_DATA");
  });

  test("when the data folder stands where nothing can be written", () => {
    const { status, stdout, stderr } = start({ DEPUTY_DATA: "/sys/deputy" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^The data folder \/sys\/deputy cannot be used \(E\w+: .*\)\. Name another: DEPUTY_DATA=\.\.\.\n$/,
    );
  });

  test("when a newer Postgres wrote the data, which stays as it is", () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, "postgres"));
    writeFileSync(join(dir, "postgres", "PG_VERSION"), "99\n");
    const { status, stderr } = start({ DEPUTY_DATA: dir });
    expect(status).toBe(1);
    expect(stderr).toMatch(/holds data of Postgres 99, this product brings Postgres \d+\..*\n$/);
    expect(readdirSync(join(dir, "postgres"))).toEqual(["PG_VERSION"]);
  });

  test("when a newer version has changed the database", async () => {
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    const sql = connect(database.url, 1);
    await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 9999999999999)`;
    await sql.end();
    const { status, stderr } = start({ DEPUTY_DATA: temporaryFolder(), DATABASE_URL: database.url });
    expect(status).toBe(1);
    expect(stderr).toContain(
      "the Postgres of DATABASE_URL cannot be used: a newer version of Deputy has changed this database",
    );
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test.each([
    [
      "DATABASE_URL",
      "postgres://nobody@127.0.0.1:1/none",
      "the Postgres of DATABASE_URL cannot be used: connect ECONNREFUSED",
    ],
    ["REDIS_URL", "redis://127.0.0.1:1", "the Redis of REDIS_URL cannot be used: connect ECONNREFUSED"],
  ])("when nothing answers at %s", (name, url, message) => {
    const { status, stderr } = start({ DEPUTY_DATA: temporaryFolder(), [name]: url });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test.each([
    ["DATABASE_URL is no address", { DATABASE_URL: "secret" }, /^DATABASE_URL is no address of a Postgres, such as /],
    [
      "DEPUTY_AGENT_FALLBACK names no agent",
      { DEPUTY_AGENT_FALLBACK: "browser>butler" },
      /^DEPUTY_AGENT_FALLBACK names "butler", which is no type of agent. There are knowledge, /,
    ],
  ])("when %s", (_, added, says) => {
    const dir = join(temporaryFolder(), "data");
    const { status, stdout, stderr } = start({ DEPUTY_DATA: dir, ...added });
    expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 1, stdout: "", lines: 1 });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain("secret");
    expect(existsSync(dir)).toBe(false);
  });

  test("when a setting cannot be used, with its name", () => {
    const dir = join(temporaryFolder(), "data");
    const { status, stderr } = start({ DEPUTY_DATA: dir, PORT: "many" });
    expect(status).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).toContain("PORT");
    expect(existsSync(dir)).toBe(false);
  });
});

function start(added: Record<string, string>) {
  const env = { ...process.env, PORT: "0", ...added };
  const run = { env, encoding: "utf8", timeout: 20_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["lib/launch/start.ts"], run);
  return { status, stdout, stderr };
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  return typeof address === "object" && address ? address.port : 0;
}
