import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { closedLoop } from "#/test/bench/harness/closed-loop.ts";
import { contest } from "#/test/bench/harness/contest.ts";
import { median, percentile, shown } from "#/test/bench/harness/figures.ts";
import { nodesOf, shapes } from "#/test/bench/harness/graph-shapes.ts";
import { outputOf } from "#/test/bench/harness/parser-text.ts";
import { cpuMs, memoryOf } from "#/test/bench/harness/process-tree.ts";
import type { Servers } from "#/test/bench/harness/servers.ts";

test("medians and percentiles of known values", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
  expect([0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 99, 100]);
  expect(median([])).toBeNaN();
});

test("figures are shown with three digits, small ones with two", () => {
  expect([12_345.6, 12.34, 1.234, 0.1234, 0.00047, Number.NaN].map(shown)).toEqual([
    "12,346",
    "12.3",
    "1.23",
    "0.123",
    "0.00047",
    "-",
  ]);
});

test("the CPU time of a tree holds what a grandchild burned, also when it has ended", async () => {
  const burn = "while (process.cpuUsage().user < 400_000);";
  const code = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}]); process.send("done"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  const [spent, memory] = [cpuMs([child.pid ?? 0]), memoryOf([child.pid ?? 0])];
  child.kill("SIGKILL");
  expect(spent).toBeGreaterThanOrEqual(400);
  expect(memory.rssMb).toBeGreaterThan(10);
  expect(memory.pssMb).toBeLessThanOrEqual(memory.rssMb);
});

test("a closed loop keeps its number of calls under way and counts each", async () => {
  let [under, most, made] = [0, 0, 0];
  const timed = await closedLoop({ outstanding: 5, seconds: 0.05 }, async () => {
    made += 1;
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setImmediate(resolve));
    under -= 1;
  });
  expect(most).toBe(5);
  expect(timed.done).toBe(made);
});

test("contenders take turns, the first one changing, and the goal judges the medians", async () => {
  const order: string[] = [];
  const contender = (name: string, values: number[]) => ({
    name,
    round: async () => {
      order.push(name);
      return { speed: values.shift() ?? 0 };
    },
  });
  const figures = [{ key: "speed", label: "speed", unit: "", goal: { atLeast: 2, of: "times" as const } }];
  const both = { ours: contender("ours", [90, 200, 210]), peer: contender("peer", [100, 50, 110]) };
  const bench = { name: "b", title: "", notes: [], figures, ...both };
  const servers: Servers = {
    redis: { url: "", pid: 0 },
    postgres: { pid: 0 },
    versions: { redis: "", postgres: "" },
    database: async () => "",
    emptyRedis: async () => undefined,
    stop: async () => undefined,
  };
  const outcome = await contest(bench, { servers, seconds: 1 }, 3, () => undefined);
  expect(order).toEqual(["peer", "ours", "ours", "peer", "peer", "ours"]);
  expect(outcome.results[0]).toMatchObject({ ours: 200, peer: 100, ratio: 2, met: true });
});

test.each(shapes.map(({ name }) => name))("the graph %s has 100 tasks, each behind those it depends on", (name) => {
  const nodes = nodesOf(name);
  expect(nodes).toHaveLength(100);
  for (const [at, { dependsOn }] of nodes.entries()) {
    const before = nodes.slice(0, at).map(({ ref }) => ref);
    expect(dependsOn.every((ref) => before.includes(ref))).toBe(true);
    expect(dependsOn.length > 0).toBe(at > 0);
  }
});

test("an output for the parser has its size and its blocks", () => {
  const { deltas, blocks } = outputOf(1_000);
  expect(deltas).toHaveLength(1_000);
  expect(deltas.join("").match(/^ACTION:/gm)).toHaveLength(blocks);
  expect(blocks).toBeGreaterThan(0);
});
