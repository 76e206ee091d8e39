import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Tiers by suffix: `.test.ts` is pure, `.integration.test.ts` needs Postgres and Redis, `.e2e.test.ts` starts everything. The
 * cluster tier is the part of the integration tests that is about delivery, once more on a Redis Cluster.
 */
export default defineConfig({
  root,
  test: {
    root,
    maxWorkers: 2,
    env: { DEPUTY_LOG: "error" },
    // A failure in the list at the end says what differs, too.
    chaiConfig: { truncateThreshold: 400 },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // Pure tests share what they import: loading it anew for each file took most of their time.
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.integration.test.ts", "test/**/*.e2e.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          // As above; each file opens what it needs anew.
          isolate: false,
          // Most of their time they wait for servers, browsers and time limits.
          maxWorkers: 3,
          include: ["test/**/*.integration.test.ts"],
          globalSetup: ["test/support/services.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "cluster",
          isolate: false,
          maxWorkers: 3,
          include: ["test/{run,stream}/**/*.integration.test.ts"],
          // Those others start servers of their own, or speak to one connection.
          exclude: [
            "test/run/outages.integration.test.ts",
            // What is decided by code alone, whatever carries it.
            "test/run/{board,contradictions,groups-{crash,interrupted},losses,orchestration-off,places,poison}.integration.test.ts",
            "test/run/{budgets,input-refused,kept-*,slow-tasks,what-is-left}.integration.test.ts",
            "test/run/{replan*,reopened-groups,silent-transactions}.integration.test.ts",
            "test/stream/{check-redis,line,variants}.integration.test.ts",
          ],
          globalSetup: ["test/support/services.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/**/*.e2e.test.ts"],
          globalSetup: ["test/support/product.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
