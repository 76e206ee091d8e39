import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { exitOf, type Process, signalTo, tailOf } from "#/test/faults/process.ts";

export type WorkerProcess = Process & {
  /** Resolves when it reads its streams; rejects when it ended before. */
  readonly ready: Promise<void>;
};

const entry = fileURLToPath(new URL("./worker.ts", import.meta.url));

export function spawnWorker(
  id: string,
  environment: Record<string, string>,
  nodeArgs: readonly string[] = [],
): WorkerProcess {
  const child = spawn(process.execPath, [...nodeArgs, entry], {
    env: { ...process.env, NODE_ENV: "test", ...environment, DEPUTY_WORKER_ID: id },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const { exited, exitedAt } = exitOf(child);
  const tail = tailOf(child);
  const ready = new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    exited.then((reason) =>
      reject(new Error(`worker ${id} ended before it was ready (${reason}): ${tail.join("\n")}`)),
    );
  });
  // Whoever does not wait for it may miss it.
  ready.catch(() => undefined);
  return {
    id,
    pid: child.pid ?? 0,
    exited,
    get exitedAt() {
      return exitedAt();
    },
    ready,
    signal: signalTo(child),
    tail: () => tail,
  };
}
