import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { sleep } from "#/lib/clock.ts";
import { DeputyError } from "#/lib/errors.ts";

export type User = { readonly uid: number; readonly gid: number };

export type ChildOptions = {
  readonly cwd?: string;
  /** The whole environment of the child. */
  readonly env: NodeJS.ProcessEnv;
  readonly user?: User | undefined;
  /** Its standard input. */
  readonly input?: string;
  readonly onLine?: (line: string, from: "stdout" | "stderr") => void;
};

/** Signals and how many milliseconds each is given before the next. */
export type StopSteps = readonly [readonly [NodeJS.Signals, number], ...(readonly [NodeJS.Signals, number])[]];

export type Child = {
  readonly pid: number;
  /** Resolves at its end with the reason in words, such as `exit code 1` or `signal SIGKILL`; never rejects. */
  readonly ended: Promise<string>;
  /** The same, once all that it wrote has been read. */
  readonly exited: Promise<string>;
  /** The newest lines of its output, oldest first. */
  tail(): readonly string[];
  signal(signal: NodeJS.Signals): void;
  /** Takes the steps in turn until the child has ended; the last resort is SIGKILL. */
  stop(steps: StopSteps): Promise<void>;
};

const TAIL_LINES = 20;
const OUTPUT_MS = 250;

/**
 * Starts a process in a session of its own, so that a Ctrl-C in the terminal reaches the launcher alone. Throws `cannot-start` when the program is missing
 * or may not be run.
 */
export async function spawnChild(command: string, args: readonly string[], options: ChildOptions): Promise<Child> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.user ?? {}),
  });
  const ended = endOf(child);
  const exited = readToEnd(child, ended);
  child.stdin.on("error", () => child.stdin.destroy());
  child.stdin.end(options.input ?? "");
  const tail = collectLines(child, options.onLine);
  const pid = await started(child, command);
  return {
    pid,
    ended,
    exited,
    tail: () => tail,
    signal: (signal) => child.kill(signal),
    stop: (steps) => stopInSteps(child, exited, steps),
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
}

/** Waits a moment for the rest of its output; not for ever, because a grandchild may hold the pipe open. */
async function readToEnd(child: ChildProcess, ended: Promise<string>): Promise<string> {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const reason = await ended;
  const over = new AbortController();
  await Promise.race([closed, sleep(OUTPUT_MS, over.signal)]);
  over.abort();
  return reason;
}

function collectLines(child: ChildProcess, onLine: ChildOptions["onLine"]): readonly string[] {
  const tail: string[] = [];
  const read = (stream: Readable | null, from: "stdout" | "stderr") => {
    if (stream === null) return;
    createInterface({ input: stream }).on("line", (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line, from);
    });
  };
  read(child.stdout, "stdout");
  read(child.stderr, "stderr");
  return tail;
}

function started(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(new DeputyError("cannot-start", `${command} cannot be started: ${error.message}`, { cause: error })),
    );
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
}

async function stopInSteps(child: ChildProcess, exited: Promise<string>, steps: StopSteps): Promise<void> {
  for (const [signal, graceMs] of steps) {
    child.kill(signal);
    if (await endsWithin(exited, graceMs)) return;
  }
  child.kill("SIGKILL");
  await exited;
}

async function endsWithin(exited: Promise<string>, graceMs: number): Promise<boolean> {
  const over = new AbortController();
  const ended = await Promise.race([exited.then(() => true), sleep(graceMs, over.signal).then(() => false)]);
  over.abort();
  return ended;
}
