import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "#/test/support/folder.ts";
import { launch, processesOf, startProduct, type TestProduct } from "#/test/support/product.ts";
import { until } from "#/test/support/until.ts";

const Answer = z.object({ results: z.array(z.object({ outcome: z.string() })) });

describe("npm start", () => {
  let dir: string;
  let product: TestProduct;

  beforeEach(async () => {
    dir = temporaryFolder();
    product = await startProduct({}, dir);
  });

  afterEach(() => product.stop());

  test.each(["worker", "web", "redis", "postgres"])(
    "starts %s again when it is killed, and is well again",
    async (name) => {
      const before = product.children()[name];
      if (before === undefined) throw new Error(`no ${name} was started`);
      process.kill(before, "SIGKILL");
      await until(() => product.output().includes(`${name} runs again`), { what: "the second start" });
      expect(product.children()[name]).not.toBe(before);
      await until(isWell, { timeoutMs: 30_000, what: "good health" });
      expect(product.output()).toContain(`${name} ended (signal SIGKILL); starting it again in 0.2 s`);
    },
  );

  test("says who has the data when it is started twice, and the first one runs on", async () => {
    const { launcher, output } = await launch({ DEPUTY_DATA: dir });
    await until(() => launcher.exitCode !== null, { what: "the second launcher's end" });
    expect(launcher.exitCode).toBe(1);
    expect(output()).toMatch(/^Deputy already runs on the data in \S+ \(process \d+\)\..*\n$/);
    expect(await isWell()).toBe(true);
  });

  test("leaves nothing behind when it is killed with -9, and the next start finds the data", async () => {
    expect(await ingest("kept.md")).toBe("added");
    product.launcher.kill("SIGKILL");
    product = await startProduct({}, dir);
    expect(await ingest("kept.md")).toBe("unchanged");
    expect(processesOf(dir).filter((line) => line.includes("/worker.js"))).toHaveLength(1);
  });

  test("is not hindered by the lock of a launcher that is gone", async () => {
    await product.stop();
    writeFileSync(join(dir, "launcher.lock"), JSON.stringify({ pid: process.pid, startedAt: "1" }));
    product = await startProduct({}, dir);
    expect(await isWell()).toBe(true);
  });

  async function isWell(): Promise<boolean> {
    return (await fetch(`${product.baseUrl}/api/health`)).ok;
  }

  async function ingest(origin: string): Promise<string | undefined> {
    const documents = [{ origin, mediaType: "text/markdown", content: "# Kept\n\nThis page outlives its launcher." }];
    const response = await fetch(`${product.baseUrl}/api/documents`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ documents }),
    });
    return Answer.parse(await response.json()).results[0]?.outcome;
  }
});
