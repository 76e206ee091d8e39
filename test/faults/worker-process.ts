import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A worker process of the suite. */
export type WorkerProcess = {
  readonly id: string;
  readonly pid: number;
  /** Unix time at which its end was seen; undefined while it lives. */
  readonly exitedAt: number | undefined;
  /** Resolves when it has ended, with the reason: `SIGKILL`, `exit code 1`. */
  readonly exited: Promise<string>;
  /** Resolves when it reads its streams; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** SIGKILL and SIGTERM end it, SIGSTOP and SIGCONT do not. Returns the Unix time of the signal. */
  signal(signal: NodeJS.Signals): number;
  /** The newest lines of its output. */
  tail(): readonly string[];
};

const entry = fileURLToPath(new URL("./worker.ts", import.meta.url));
const TAIL_LINES = 40;

export function spawnWorker(
  id: string,
  environment: Record<string, string>,
  nodeArgs: readonly string[] = [],
): WorkerProcess {
  const child = spawn(process.execPath, [...nodeArgs, entry], {
    env: { ...process.env, NODE_ENV: "test", ...environment, DEPUTY_WORKER_ID: id },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let exitedAt: number | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      exitedAt = Date.now();
      resolve(signal ?? `exit code ${code}`);
    });
  });
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
    get exitedAt() {
      return exitedAt;
    },
    exited,
    ready,
    signal(signal) {
      const at = Date.now();
      child.kill(signal);
      return at;
    },
    tail: () => tail,
  };
}

function tailOf(child: ChildProcess): readonly string[] {
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      tail.push(...text.split("\n").filter(Boolean));
      tail.splice(0, tail.length - TAIL_LINES);
    });
  }
  return tail;
}
