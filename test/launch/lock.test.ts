import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { takeLock } from "#/lib/launch/lock.ts";
import { identify } from "#/lib/launch/process-identity.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

describe("the lock of a data folder", () => {
  let path: string;
  beforeEach(() => {
    path = join(temporaryFolder(), "data", "launcher.lock");
  });

  test("is had by one owner, and others learn its number", () => {
    expect(takeLock(path)).toMatchObject({ takenOver: false });
    expect(takeLock(path)).toEqual({ heldBy: process.pid });
  });

  test("can be had again after it was released", () => {
    const lock = takeLock(path);
    if ("heldBy" in lock) throw new Error("held");
    lock.release();
    expect(existsSync(path)).toBe(false);
    expect(takeLock(path)).toMatchObject({ takenOver: false });
  });

  test.each([
    ["whose owner has ended", () => JSON.stringify({ pid: endedProcess(), startedAt: "1" })],
    ["whose number belongs to another process by now", () => JSON.stringify({ pid: process.pid, startedAt: "1" })],
    ["that was damaged", () => "{"],
    ["that is empty", () => ""],
  ])("%s is taken over", (_, content) => {
    leaveBehind(content());
    expect(takeLock(path)).toMatchObject({ takenOver: true });
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(identify(process.pid));
    expect(readdirSync(join(path, ".."))).toEqual(["launcher.lock"]);
  });

  function leaveBehind(content: string): void {
    const lock = takeLock(path);
    if ("heldBy" in lock) throw new Error("held");
    writeFileSync(path, content);
  }
});

function endedProcess(): number {
  return spawnSync("true").pid;
}
