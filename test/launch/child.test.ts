import { describe, expect, test } from "vitest";
import { type Child, spawnChild } from "#/lib/launch/child.ts";
import { plainEnvironment } from "#/lib/launch/environment.ts";
import { until } from "#/test/support/until.ts";

describe("a child", () => {
  test("ends with a reason in words and its last lines", async () => {
    const child = await shell("echo one; echo two >&2; exit 3");
    expect(await child.exited).toBe("exit code 3");
    expect([...child.tail()].sort()).toEqual(["one", "two"]);
  });

  test("that is killed says by what", async () => {
    const child = await shell("sleep 60");
    child.signal("SIGKILL");
    expect(await child.exited).toBe("signal SIGKILL");
  });

  test("reads what it is given", async () => {
    const child = await spawnChild("/bin/cat", [], { env: plainEnvironment, input: "hello\n" });
    await child.exited;
    expect(child.tail()).toEqual(["hello"]);
  });

  test("that ignores the polite signal is killed when its time is over", async () => {
    const child = await shell('trap "" TERM; echo deaf; while :; do sleep 1; done');
    await until(() => child.tail().includes("deaf"), { what: "the child" });
    await child.stop([["SIGTERM", 100]]);
    expect(await child.exited).toBe("signal SIGKILL");
  });

  test("that obeys is not killed", async () => {
    const child = await shell('trap "exit 7" TERM; echo listening; while :; do sleep 0.05; done');
    await until(() => child.tail().includes("listening"), { what: "the child" });
    await child.stop([["SIGTERM", 10_000]]);
    expect(await child.exited).toBe("exit code 7");
  });

  test("that does not exist is reported as such", async () => {
    await expect(spawnChild("/nowhere/program", [], { env: plainEnvironment })).rejects.toMatchObject({
      code: "cannot-start",
    });
  });
});

function shell(script: string): Promise<Child> {
  return spawnChild("/bin/sh", ["-c", script], { env: plainEnvironment });
}
