import { tableLines } from "#/lib/cli/table.ts";
import { percentile, shown } from "#/test/bench/harness/figures.ts";
import type { LoadOptions } from "#/test/bench/load/options.ts";

export type LoadOutcome = {
  readonly seconds: number;
  /** Milliseconds from the delegation to its result, of each task that succeeded. */
  readonly latencies: readonly number[];
  /** What each task that failed failed of. */
  readonly failures: readonly string[];
};

export type LoadReport = ReturnType<typeof loadReport>;

export function loadReport({ agents, tasks, type }: LoadOptions, { seconds, latencies, failures }: LoadOutcome) {
  const of = (share: number) => (latencies.length === 0 ? null : percentile(latencies, share));
  return {
    agents,
    type,
    tasks,
    successes: latencies.length,
    failures: failures.length,
    seconds,
    /** Tasks a second that succeeded. */
    throughput: latencies.length / seconds,
    /** 0 to 1. */
    successRate: latencies.length / tasks,
    latencyMs: { p50: of(0.5), p95: of(0.95), p99: of(0.99), max: of(1) },
    /** The commonest first. */
    errors: countsOf(failures),
  };
}

export function reportText(report: LoadReport): string {
  const { p50, p95, p99, max } = report.latencyMs;
  const ms = (value: number | null) => (value === null ? "-" : `${shown(value)} ms`);
  const whole = (value: number) => value.toLocaleString("en-US");
  const lines = tableLines([
    ["Agents", `${whole(report.agents)} (${report.type})`],
    ["Tasks", whole(report.tasks)],
    ["Successes", whole(report.successes)],
    ["Failures", whole(report.failures)],
    ["Total time", `${shown(report.seconds)} s`],
    ["Throughput", `${shown(report.throughput)} tasks/s`],
    ["Success rate", `${(Math.floor(report.successRate * 10_000) / 100).toFixed(2)} %`],
    ["Latency", `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, max ${ms(max)}`],
    ...report.errors.map(({ message, count }) => [`${whole(count)} failed`, message]),
  ]);
  return `${lines.join("\n")}\n`;
}

function countsOf(failures: readonly string[]): { message: string; count: number }[] {
  const groups = [...Map.groupBy(failures, (message) => message)];
  return groups.map(([message, all]) => ({ message, count: all.length })).sort((a, b) => b.count - a.count);
}
