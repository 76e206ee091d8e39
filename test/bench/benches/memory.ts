import { setTimeout as pause } from "node:timers/promises";
import type { Bench, Values } from "#/test/bench/harness/bench.ts";
import { cpuMs, memoryOf } from "#/test/bench/harness/process-tree.ts";
import { startProduct } from "#/test/support/product.ts";

const LOOK_EVERY_MS = 2_000;
const LONGEST_MS = 60_000;
/** Of one core. */
const IDLE_SHARE = 0.05;

export const memory: Bench = {
  name: "memory",
  title: "Memory of the idle product, started by `npm start` on an empty folder, its own documents taken in",
  figures: [
    { key: "worker", label: "worker, resident", unit: "MB", goal: { atMost: 110, of: "is" } },
    { key: "web", label: "web, resident", unit: "MB", goal: { atMost: 160, of: "is" } },
    { key: "all", label: "everything, its share of shared pages (PSS)", unit: "MB", goal: { atMost: 700, of: "is" } },
    { key: "allResident", label: "everything, resident, shared pages counted for each", unit: "MB" },
  ],
  notes: ["Everything: launcher, web, worker, Redis, all processes of Postgres, and what else they started."],
  ours: { name: "Deputy", round },
};

async function round(): Promise<Values> {
  const product = await startProduct();
  try {
    const all = [product.launcher.pid ?? 0, ...Object.values(product.children())];
    await untilIdle(all);
    const { web = 0, worker = 0 } = product.children();
    const sum = memoryOf(all);
    return {
      worker: memoryOf([worker]).rssMb,
      web: memoryOf([web]).rssMb,
      all: sum.pssMb,
      allResident: sum.rssMb,
    };
  } finally {
    await product.stop();
  }
}

async function untilIdle(pids: readonly number[]): Promise<void> {
  for (let waited = 0; waited < LONGEST_MS; waited += LOOK_EVERY_MS) {
    const before = cpuMs(pids);
    await pause(LOOK_EVERY_MS);
    if (cpuMs(pids) - before < LOOK_EVERY_MS * IDLE_SHARE) return;
  }
  throw new Error(`the product was not idle within ${LONGEST_MS / 1_000} s`);
}
