import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { spawnChild } from "#/lib/launch/child.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { openRoster } from "#/lib/launch/roster.ts";
import { temporaryFolder } from "#/test/support/folder.ts";

describe("the list of a launcher's children", () => {
  let path: string;
  beforeEach(() => {
    path = join(temporaryFolder(), "children.json");
  });

  test("lets the next launcher end what is left", async () => {
    const child = await spawnChild("/bin/sleep", ["60"], { env: plainEnvironment });
    openRoster(path).note("worker", child.pid);
    expect(await openRoster(path).endLeftovers()).toEqual(["worker"]);
    expect(await child.exited).toBe("signal SIGTERM");
  });

  test("does not name a process that was given the number later", async () => {
    const child = await spawnChild("/bin/sleep", ["60"], { env: plainEnvironment });
    writeFileSync(path, JSON.stringify({ worker: { pid: child.pid, startedAt: "1" } }));
    expect(await openRoster(path).endLeftovers()).toEqual([]);
    child.signal("SIGKILL");
    expect(await child.exited).toBe("signal SIGKILL");
  });

  test.each(["", "{", '{"web":{"pid":-1}}', '{"web":7}'])("names nobody when it is damaged: %j", async (content) => {
    writeFileSync(path, content);
    expect(await openRoster(path).endLeftovers()).toEqual([]);
  });

  test("names nobody after it was cleared", async () => {
    const child = await spawnChild("/bin/sleep", ["60"], { env: plainEnvironment });
    const roster = openRoster(path);
    roster.note("worker", child.pid);
    roster.clear();
    expect(await openRoster(path).endLeftovers()).toEqual([]);
    child.signal("SIGKILL");
    await child.exited;
  });
});
