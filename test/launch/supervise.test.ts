import { describe, expect, test } from "vitest";
import type { Running } from "#/lib/launch/embedded-server.ts";
import { nextPause, type Start, supervise } from "#/lib/launch/supervise.ts";
import { until } from "#/test/support/until.ts";

/** A child whose starts and ends the test decides. */
function stubChild(failures: readonly string[] = []) {
  const events: string[] = [];
  const left = [...failures];
  let die = (_reason: string) => {};
  let pid = 0;
  const start: Start<Running> = async (onExit) => {
    const failure = pid > 0 ? left.shift() : undefined;
    if (failure !== undefined) throw new Error(failure);
    pid += 1;
    events.push(`start ${pid}`);
    die = onExit;
    return { pid, stop: async () => void events.push("stop"), kill: () => void events.push("kill") };
  };
  const hooks = {
    say: (line: string) => void events.push(line),
    ended: async () => void events.push("reported"),
  };
  return { start, hooks, events, die: (reason: string) => die(reason) };
}

describe("a supervised child", () => {
  test("is started again when it dies, after its end was reported", async () => {
    const child = stubChild();
    const supervised = await supervise("worker", child.start, child.hooks);
    child.die("signal SIGKILL");
    await until(() => child.events.includes("worker runs again"), { what: "the second start" });
    await supervised.stop();
    expect(child.events).toEqual([
      "start 1",
      "reported",
      "worker ended (signal SIGKILL); starting it again in 0.2 s",
      "start 2",
      "worker runs again",
      "stop",
    ]);
  });

  test.each(["exit code 0", "signal SIGTERM"])(
    "is started again, too, when somebody else stops it: %s",
    async (reason) => {
      const child = stubChild();
      const supervised = await supervise("worker", child.start, child.hooks);
      child.die(reason);
      await until(() => child.events.includes("worker runs again"), { what: "the second start" });
      await supervised.stop();
    },
  );

  test("is renewed: ended as asked, which is nothing to report, and started again at once", async () => {
    const child = stubChild();
    const supervised = await supervise("worker", child.start, child.hooks);
    await supervised.renew();
    await supervised.stop();
    expect(child.events).toEqual(["start 1", "stop", "start 2", "stop"]);
  });

  test("that cannot be started when it is renewed is tried again", async () => {
    const child = stubChild(["no memory"]);
    const supervised = await supervise("worker", child.start, child.hooks);
    await supervised.renew();
    await supervised.stop();
    expect(child.events).toEqual([
      "start 1",
      "stop",
      "worker cannot be started: no memory; starting it again in 0.2 s",
      "start 2",
      "worker runs again",
      "stop",
    ]);
  });

  test("that is stopped while it is renewed is not started again", async () => {
    const child = stubChild();
    const supervised = await supervise("worker", child.start, child.hooks);
    await Promise.all([supervised.renew(), supervised.stop()]);
    expect(child.events.filter((event) => event.startsWith("start"))).toEqual(["start 1"]);
  });

  test("is tried again for as long as it cannot be started", async () => {
    const child = stubChild(["no memory"]);
    const supervised = await supervise("redis", child.start, child.hooks);
    child.die("exit code 1");
    await until(() => child.events.includes("redis runs again"), { what: "the second start" });
    await supervised.stop();
    expect(child.events).toContain("redis cannot be started: no memory; starting it again in 0.4 s");
  });

  test("is not started again once it is stopped, not even while it waits to be", async () => {
    const child = stubChild();
    const supervised = await supervise("web", child.start, child.hooks);
    child.die("exit code 1");
    await until(() => child.events.some((event) => event.includes("again in")), { what: "the pause" });
    await supervised.stop();
    expect(child.events.filter((event) => event.startsWith("start"))).toEqual(["start 1"]);
  });

  test("whose first start fails is not kept", async () => {
    const start = async () => {
      throw new Error("no such program");
    };
    await expect(supervise("web", start, stubChild().hooks)).rejects.toThrow("no such program");
  });

  test("is started again although its end could not be reported", async () => {
    const child = stubChild();
    const ended = async () => {
      throw new Error("no database");
    };
    const supervised = await supervise("worker", child.start, { ...child.hooks, ended });
    child.die("exit code 1");
    await until(() => child.events.includes("worker runs again"), { what: "the second start" });
    await supervised.stop();
    expect(child.events).toContain("the end of worker could not be reported: no database");
  });
});

describe("the pause before a start", () => {
  test("doubles from 0.2 s to 5 s while the child dies young", () => {
    const pauses = [0, 200, 400, 800, 1_600, 3_200, 5_000].map((last) => nextPause(last, 100));
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test("is short again for a child that had run for a while", () => {
    expect(nextPause(5_000, 30_000)).toBe(200);
  });
});
