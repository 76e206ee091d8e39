import { afterEach, beforeEach, expect, test, vi } from "vitest";

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllEnvs());

async function chromiumPath(): Promise<string> {
  const module = await import("#/agents/browser/chromium.ts");
  return module.chromiumPath();
}

test("CHROMIUM_PATH is taken where it is a program", async () => {
  vi.stubEnv("CHROMIUM_PATH", process.execPath);
  expect(await chromiumPath()).toBe(process.execPath);
});

test("a CHROMIUM_PATH that is no program is named, and nothing else is tried", async () => {
  vi.stubEnv("CHROMIUM_PATH", "/nowhere/chromium");
  await expect(chromiumPath()).rejects.toMatchObject({
    code: "no-chromium",
    retryable: false,
    message: expect.stringContaining("/nowhere/chromium"),
  });
});

test("without any, the error says what to install", async () => {
  vi.doMock("node:fs/promises", () => ({ access: () => Promise.reject(new Error("ENOENT")) }));
  vi.doMock("@sparticuz/chromium", () => {
    throw new Error("not installed");
  });
  await expect(chromiumPath()).rejects.toMatchObject({
    code: "no-chromium",
    message: expect.stringContaining("apt-get install chromium"),
  });
  vi.doUnmock("node:fs/promises");
});
