import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { addresses } from "#/lib/cli/addresses.ts";

function printed(settings: { databaseUrl?: string; redisUrl?: string }): string {
  const lines: string[] = [];
  const output = { write: (text: string) => lines.push(text) > 0 };
  const given = { databaseUrl: undefined, redisUrl: undefined, dataDir: "/nowhere/data", ...settings };
  expect(addresses(given, { stdin: process.stdin, stdout: output, stderr: output })).toBe(0);
  return lines.join("");
}

function valuesIn(lines: string): string[] {
  const script = 'eval "$0"; printf "%s\\n" "$DATABASE_URL" "$REDIS_URL"';
  return execFileSync("sh", ["-c", script, lines], { encoding: "utf8" }).trim().split("\n");
}

test("a shell takes the addresses of the embedded servers, whose sockets stand in one folder", () => {
  const [database = "", redis = ""] = valuesIn(printed({}));
  const host = new URL(database).searchParams.get("host") ?? "";
  expect(host).toMatch(/^\/.*\/postgres$/);
  expect(redis).toBe(`unix://${host.replace(/postgres$/, "redis/redis.sock")}`);
});

test("what is set is printed as it is, whatever a shell makes of its characters", () => {
  const given = { databaseUrl: "postgres://u:it's$HOME&x@h/d?a=1", redisUrl: "redis://h:1/0" };
  expect(valuesIn(printed(given))).toEqual([given.databaseUrl, given.redisUrl]);
});
