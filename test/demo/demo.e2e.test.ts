import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, inject, it } from "vitest";

/** `npm run demo` as a stranger runs it, on a server that is there already. */
const entry = fileURLToPath(new URL("run.ts", import.meta.url));

it("each pattern does what it promises, and the demo says so by its exit status", { timeout: 180_000 }, async () => {
  const env = { ...process.env, DEPUTY_URL: inject("baseUrl"), NO_COLOR: "1" };
  const child = spawn(process.execPath, [entry], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [printed, status] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => child.once("close", resolve)),
  ]);
  expect(printed).toContain("Using the server at");
  expect(printed.split("\n").filter((line) => line.startsWith("  NOT"))).toEqual([]);
  expect(printed.trimEnd().split("\n").at(-1)).toBe("8 patterns: 8 as described, 0 not");
  expect(status).toBe(0);
});
