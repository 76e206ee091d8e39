import { expect, test } from "vitest";
import { readLoadOptions } from "#/test/bench/load/options.ts";
import { ProgressBar } from "#/test/bench/load/progress-bar.ts";
import { loadReport, reportText } from "#/test/bench/load/report.ts";

const options = { agents: 10, tasks: 4, type: "knowledge", task: "x", json: undefined } as const;

test("without arguments 10 agents do 100 tasks", () => {
  expect(readLoadOptions([])).toMatchObject({ agents: 10, tasks: 100, type: "knowledge" });
});

test.each([
  [["--agents", "0"], '--agents must be a whole number from 1 to 1,000, not "0".'],
  [["--tasks", "many"], '--tasks must be a whole number from 1 to 1,000,000, not "many".'],
  [["--type", "cook"], /^--type must be one of knowledge, /],
  [["--what"], /--what/],
])("arguments that cannot be used, %s, are named", (args, message) => {
  expect(readLoadOptions(args)).toMatch(message);
});

test("the report counts what succeeded and what failed, and of what", () => {
  const report = loadReport(options, { seconds: 2, latencies: [10, 30, 20], failures: ["refused"] });
  expect(report).toMatchObject({ tasks: 4, successes: 3, failures: 1, throughput: 1.5, successRate: 0.75 });
  expect(report.latencyMs).toEqual({ p50: 20, p95: 30, p99: 30, max: 30 });
  expect(reportText(report)).toContain("Success rate  75.00 %");
  expect(reportText(report)).toContain("1 failed      refused");
});

test("one failure in a hundred thousand is not rounded away", () => {
  const latencies = Array.from({ length: 99_999 }, () => 1);
  const report = loadReport({ ...options, tasks: 100_000 }, { seconds: 1, latencies, failures: ["late"] });
  expect(reportText(report)).toContain("Success rate  99.99 %");
});

test("where all failed there are no latencies", () => {
  const report = loadReport(options, { seconds: 1, latencies: [], failures: ["a", "b", "b", "b"] });
  expect(report.latencyMs.p50).toBeNull();
  expect(report.errors).toEqual([
    { message: "b", count: 3 },
    { message: "a", count: 1 },
  ]);
});

test("where nothing can be overwritten, the progress is ten lines", () => {
  const written: string[] = [];
  const bar = new ProgressBar({ write: (text) => written.push(text) > 0 }, 200);
  for (let settled = 1; settled <= 200; settled += 1) bar.show(settled, 0);
  bar.end();
  expect(written).toHaveLength(10);
  expect(written.at(-1)).toBe("200 of 200 tasks\n");
});
