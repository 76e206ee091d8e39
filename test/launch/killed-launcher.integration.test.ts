import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { isAlive, ProcessIdentity } from "#/lib/launch/process-identity.ts";
import { temporaryFolder } from "#/test/support/folder.ts";
import { until } from "#/test/support/until.ts";

const Roster = z.record(z.string(), ProcessIdentity);

describe("a launcher that is killed with -9", () => {
  let dir: string;
  let printed: string;
  let launchers: ChildProcess[];

  beforeEach(() => {
    dir = temporaryFolder();
    launchers = [];
  });

  afterEach(async () => {
    for (const launcher of launchers) launcher.kill("SIGTERM");
    await until(() => launchers.every(hasEnded), { what: "the end of the launchers" });
  });

  test("leaves no child behind, not even one that ignores the signal", async () => {
    const launcher = await start();
    const children = Object.values(roster());
    expect(children.filter(isAlive)).toHaveLength(2);
    launcher.kill("SIGKILL");
    await until(() => !children.some(isAlive), { what: "the end of its children" });
  });

  test("whose guards were killed, too, is cleaned up after by the next one", async () => {
    const launcher = await start();
    const before = roster();
    for (const guard of guardsOf(launcher)) process.kill(guard, "SIGKILL");
    launcher.kill("SIGKILL");
    await until(() => hasEnded(launcher), { what: "the end of the launcher" });
    expect(Object.values(before).filter(isAlive)).toHaveLength(2);
    await start();
    expect(printed).toContain("left: postgres stubborn");
    expect(Object.values(before).filter(isAlive)).toEqual([]);
    expect(Object.values(roster()).filter(isAlive)).toHaveLength(2);
  });

  test("can be followed by the next one at once", async () => {
    const launcher = await start();
    launcher.kill("SIGKILL");
    await start();
    expect(Object.values(roster()).filter(isAlive)).toHaveLength(2);
  });

  async function start(): Promise<ChildProcess> {
    const launcher = spawn(process.execPath, [join("test", "launch", "stub-launcher.ts"), dir]);
    launchers.push(launcher);
    printed = "";
    for (const stream of [launcher.stdout, launcher.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    await until(() => (hasEnded(launcher) ? Promise.reject(new Error(printed)) : printed.includes("ready\n")), {
      timeoutMs: 20_000,
      what: "the launcher",
    });
    return launcher;
  }

  function roster(): Record<string, ProcessIdentity> {
    return Roster.parse(JSON.parse(readFileSync(join(dir, "children.json"), "utf8")));
  }
});

function guardsOf(launcher: ChildProcess): number[] {
  const lines = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(launcher.pid)], { encoding: "utf8" }).split(
    "\n",
  );
  return lines.filter((line) => line.includes("deputy-guard")).map((line) => Number.parseInt(line, 10));
}

function hasEnded(launcher: ChildProcess): boolean {
  return launcher.exitCode !== null || launcher.signalCode !== null;
}
