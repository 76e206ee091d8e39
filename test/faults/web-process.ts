import { spawn } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { ensureBuilt } from "#/lib/launch/build.ts";
import { ensureBundled, entryIn } from "#/lib/launch/bundle.ts";
import { exitOf, type Process, signalTo, tailOf } from "#/test/faults/process.ts";
import { until } from "#/test/support/until.ts";

/** A real web process of the product, for the faults whose subject it is. */
export type WebProcess = Process & { readonly baseUrl: string };

/** Builds the web application when it is not built, and resolves when the process answers. */
export async function spawnWeb(id: string, environment: Record<string, string>): Promise<WebProcess> {
  await ensureBuilt(console.log, () => undefined);
  const port = await freePort();
  const entry = entryIn(await ensureBundled(), "web");
  const child = spawn(process.execPath, [entry, "127.0.0.1", String(port)], {
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...environment, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  const { exited, exitedAt } = exitOf(child);
  const tail = tailOf(child);
  const answers = async () => {
    if (exitedAt() !== undefined) throw new Error(`the web process ended: ${tail.join("\n")}`);
    return (await fetch(`${baseUrl}/api/health`)).status > 0;
  };
  await until(answers, { what: `web process ${id} to answer`, timeoutMs: 30_000 });
  return {
    id,
    pid: child.pid ?? 0,
    baseUrl,
    exited,
    get exitedAt() {
      return exitedAt();
    },
    signal: signalTo(child),
    tail: () => tail,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
