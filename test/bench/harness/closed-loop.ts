import { z } from "zod";
import { median, percentile } from "#/test/bench/harness/figures.ts";

export const Load = z.object({ outstanding: z.number(), seconds: z.number() });
export type Load = z.infer<typeof Load>;

export const Timed = z.object({
  done: z.number(),
  /** From the first start to the last end. */
  seconds: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});
export type Timed = z.infer<typeof Timed>;

/**
 * So many callers at once, each beginning its next call when its last has ended, for so many seconds; the calls under way
 * then are waited for and counted. Latencies in milliseconds. One call that fails, fails the whole.
 */
export async function closedLoop(load: Load, call: (caller: number) => Promise<void>): Promise<Timed> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + load.seconds * 1_000;
  const caller = async (number: number) => {
    while (performance.now() < until) {
      const calledAt = performance.now();
      await call(number);
      latencies.push(performance.now() - calledAt);
    }
  };
  await Promise.all(Array.from({ length: load.outstanding }, (_, number) => caller(number)));
  return {
    done: latencies.length,
    seconds: (performance.now() - startedAt) / 1_000,
    p50: median(latencies),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
  };
}
