import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { startProduct, type TestProduct } from "#/test/support/product.ts";
import { until } from "#/test/support/until.ts";

const Run = z.object({ status: z.string() });

describe("npm start with several workers", () => {
  let product: TestProduct;

  afterEach(() => product.stop());

  test("runs as many as are asked for, and renews them and web one after the other while work goes on", async () => {
    product = await startProduct({ DEPUTY_WORKERS: "2" });
    const before = product.children();
    expect(Object.keys(before).sort()).toEqual(["postgres", "redis", "web", "worker-1", "worker-2"]);
    const runs = await Promise.all(Array.from({ length: 10 }, ask));
    product.launcher.kill("SIGUSR2");
    await until(() => product.output().includes("workers and web are renewed"), { what: "the end", timeoutMs: 90_000 });
    const after = product.children();
    for (const name of ["worker-1", "worker-2", "web"]) expect(after[name], name).not.toBe(before[name]);
    for (const name of ["postgres", "redis"]) expect(after[name], name).toBe(before[name]);
    expect(await Promise.all(runs.map(outcome))).toEqual(runs.map(() => "completed"));
    expect(await outcome(await ask())).toBe("completed");
    expect(product.output()).not.toContain("starting it again");
  });

  test("starts a worker again that somebody else has told to end", async () => {
    product = await startProduct({ DEPUTY_WORKERS: "2" });
    process.kill(product.children()["worker-2"] ?? 0, "SIGTERM");
    await until(() => product.output().includes("worker-2 runs again"), { what: "the second start" });
    expect(product.output()).toContain("worker-2 ended (exit code 0); starting it again in 0.2 s");
    expect(await outcome(await ask())).toBe("completed");
  });

  test("is ready without any where none is wanted, and says so", async () => {
    product = await startProduct({ DEPUTY_WORKERS: "0" });
    expect(product.output()).toContain("no worker (DEPUTY_WORKERS is 0)");
    expect(Object.keys(product.children()).sort()).toEqual(["postgres", "redis", "web"]);
    expect((await fetch(`${product.baseUrl}/api/health`)).status).toBe(503);
  });

  async function ask(): Promise<string> {
    const message = { id: randomUUID(), role: "user", parts: [{ type: "text", text: "Research how delivery works" }] };
    const response = await fetch(`${product.baseUrl}/api/chat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id: randomUUID(), messages: [message] }),
    });
    await response.body?.cancel();
    return response.headers.get("x-run-id") ?? `no run: ${response.status}`;
  }

  function outcome(run: string): Promise<string> {
    const ended = async () => {
      const { status } = Run.parse(await (await fetch(`${product.baseUrl}/api/runs/${run}`)).json());
      return status === "active" ? null : status;
    };
    return until(ended, { what: `the end of run ${run}`, timeoutMs: 60_000 });
  }
});
